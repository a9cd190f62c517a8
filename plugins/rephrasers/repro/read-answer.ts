/** What a completion says, without its reasoning: the text after the opener, or what is missing. */
export type Answer =
  | { readonly found: 'text'; readonly text: string }
  | { readonly found: 'think-open' }
  | { readonly found: 'no-opener'; readonly answer: string };

const thinkStart = '<think>';
const thinkEnd = '</think>';

export function readAnswer(completion: string, opener: string): Answer {
  const answer = withoutReasoning(completion, opener);
  if (answer === undefined) {
    return { found: 'think-open' };
  }
  const text = textAfterOpener(answer, opener);
  return text === undefined ? { found: 'no-opener', answer } : { found: 'text', text };
}

/** Nothing when the reasoning does not end. An answer that begins with the opener may speak of `</think>` later on. */
function withoutReasoning(completion: string, opener: string): string | undefined {
  const begun = completion.trimStart();
  const end = begun.indexOf(thinkEnd);
  if (begun.startsWith(thinkStart)) {
    return end === -1 ? undefined : begun.slice(end + thinkEnd.length).trimStart();
  }
  const headless = end !== -1 && textAfterOpener(begun, opener) === undefined;
  return headless ? begun.slice(end + thinkEnd.length).trimStart() : begun;
}

/** Models set the opener in bold or in quotes, write it in another case, or add to it (`... version of the page:`). */
function textAfterOpener(answer: string, opener: string): string | undefined {
  const match = openerPattern(opener).exec(answer);
  if (!match) {
    return undefined;
  }
  const text = answer.slice(match[0].length).trim();
  const [, before = '', after = ''] = match;
  return hasQuote(before) && !hasQuote(after) ? text.replace(/["'”’»]$/, '').trimEnd() : text;
}

function openerPattern(opener: string): RegExp {
  const words = opener
    .split(/\s+/)
    .map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('\\s+')
    .replace(/:$/, '[^\\n:]{0,40}(?::|\\.(?=\\n))');
  return new RegExp(`^([\\s*_#>"'“”‘’«»]*)${words}([*_"'“”‘’«»]*)`, 'i');
}

/** A quote that opens before the opener and does not close after it closes at the end of the answer. */
function hasQuote(marks: string): boolean {
  return /["'“”‘’«»]/.test(marks);
}
