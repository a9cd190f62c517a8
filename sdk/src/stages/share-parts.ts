import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../session/open-session.ts';
import type { StageName } from '../session/session-event.ts';

/** How often a host that has nothing left to do looks whether the others are done. */
const waitMilliseconds = 500;

/**
 * Goes through the parts of a stage until each is done, here or by another host. `take` does a part or sees that it is
 * done; false means that another host works on it, and it is asked again later. `inOrder`: none is taken before the one
 * that stands before it.
 */
export async function shareParts<Part>(
  session: Session,
  stage: StageName,
  parts: readonly Part[],
  take: (part: Part) => Promise<boolean>,
  { abortSignal, inOrder = false }: { readonly abortSignal: AbortSignal; readonly inOrder?: boolean },
): Promise<void> {
  let left = parts;
  for (;;) {
    const elsewhere: Part[] = [];
    for (const part of left) {
      const isTurn = !inOrder || elsewhere.length === 0;
      if (!isTurn || !(await take(part))) {
        elsewhere.push(part);
      }
    }
    if (elsewhere.length === 0) {
      return;
    }
    left = elsewhere;
    session.emit({ type: 'stage', stage, state: 'waiting' });
    await sleep(waitMilliseconds, undefined, { signal: abortSignal });
  }
}
