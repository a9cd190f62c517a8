import type { Fact, ReadFacts } from './fact-kinds.ts';

// Each alternative begins with a literal, or has bounded parts and begins where a run of letters does: linear time.
const link =
  /(?:https?:\/\/|www\.)[^\s<>"'`|\\^{}\]，。、；）」』]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/gi;

/** Addresses of pages and of people. `http`, `https` and `www.` make no difference, nor does a closing slash. */
export function readLinks(text: string): ReadFacts {
  const facts: Fact[] = [];
  const rest = text.replace(link, (found) => {
    const address = withoutSentence(found);
    facts.push({
      kind: 'link',
      value: address
        .replace(/^https?:\/\//i, '')
        .replace(/^www\./i, '')
        .toLowerCase(),
    });
    return ` ${found.slice(address.length)}`;
  });
  return { facts, rest };
}

/** An address in a sentence takes the punctuation behind it along, and the bracket it stands in. */
function withoutSentence(address: string): string {
  const dropped = address.includes('(') ? '.,;:!?*/_' : '.,;:!?*/_)';
  let end = address.length;
  while (dropped.includes(address.charAt(end - 1)) && end > 0) {
    end -= 1;
  }
  return address.slice(0, end);
}
