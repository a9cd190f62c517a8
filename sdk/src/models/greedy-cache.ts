import { hash } from 'node:crypto';
import { stringifyJson } from '../contract/json-text.ts';
import type { Completion } from '../contract/model.ts';

/** Answers kept; the least recently used go first. */
const mostAnswers = 20_000;

/**
 * Answers of greedy calls, by (model revision, prompt, sampling). Equal calls that run at the same time are one: eight
 * rollouts of a page ask for the original's score once. Failures are not kept.
 */
export class GreedyCache {
  readonly #answers = new Map<string, Promise<Completion>>();

  key(revision: string, message: Readonly<Record<string, unknown>>): string {
    return hash('sha256', stringifyJson({ revision, ...message } as never));
  }

  get(key: string): Promise<Completion> | undefined {
    const answer = this.#answers.get(key);
    if (answer !== undefined) {
      this.#answers.delete(key);
      this.#answers.set(key, answer);
    }
    return answer;
  }

  set(key: string, answer: Promise<Completion>): void {
    this.#answers.set(key, answer);
    const forget = () => this.#answers.get(key) === answer && this.#answers.delete(key);
    answer.then(({ outcome }) => outcome === 'failed' && forget(), forget);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > mostAnswers && oldest !== undefined) {
      this.#answers.delete(oldest);
    }
  }
}
