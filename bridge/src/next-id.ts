let last = 0;

/** An id for an item or a request; never reused in this process. */
export function nextId(): number {
  last += 1;
  return last;
}
