import { createHash } from 'node:crypto';

/**
 * A word for the lines around some texts that none of them can have: neither half of it stands in a text, so it does not
 * come about where an engine joins the head and the tail of a cut one either. Equal texts get equal marks, which keeps
 * greedy answers in the cache.
 */
export function chooseMark(texts: readonly string[]): string {
  for (let attempt = 0; ; attempt += 1) {
    const digest = createHash('sha256').update(`${attempt}`);
    for (const text of texts) {
      digest.update('\0').update(text);
    }
    const mark = digest.digest('hex').slice(0, 2 * halfLength);
    const halves = [mark.slice(0, halfLength), mark.slice(halfLength)];
    if (!texts.some((text) => halves.some((half) => text.includes(half)))) {
      return mark;
    }
  }
}

/** 16^6 halves: only a text of millions of characters holds a chosen one by chance. */
const halfLength = 6;
