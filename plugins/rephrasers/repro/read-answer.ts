/** What a completion says, without its reasoning: the text after the opener, or what is missing. */
export type Answer =
  | { readonly found: 'text'; readonly text: string }
  | { readonly found: 'think-open' }
  | { readonly found: 'no-opener'; readonly answer: string };

const thinkStart = '<think>';

/** The source tells whether marks of reasoning in an answer may be the page's own. */
export function readAnswer(completion: string, opener: string, source: string): Answer {
  const answer = withoutReasoning(completion, opener, source);
  if (answer === undefined) {
    return { found: 'think-open' };
  }
  const text = textAfterOpener(answer, opener);
  if (text === undefined) {
    return { found: 'no-opener', answer };
  }
  return text.includes(thinkStart) && !source.includes(thinkStart) ? { found: 'think-open' } : { found: 'text', text };
}

/**
 * Nothing when the reasoning does not end. Several templates put its beginning into the prompt, and it may draft an
 * answer: it ends with the last `</think>` that the opener follows, or the first if the page itself speaks of `</think>`.
 */
function withoutReasoning(completion: string, opener: string, source: string): string | undefined {
  const begun = completion.trimStart();
  const ends = Array.from(begun.matchAll(/<\/think>\s*/g), ({ 0: mark, index }) => begun.slice(index + mark.length));
  const opens = (text: string) => textAfterOpener(text, opener) !== undefined;
  const answer = source.includes('</think>') ? [begun, ...ends].find(opens) : [begun, ...ends].findLast(opens);
  return answer ?? ends[0] ?? (begun.startsWith(thinkStart) ? undefined : begun);
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
