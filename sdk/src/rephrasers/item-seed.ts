import { hash } from 'node:crypto';

/**
 * Seed of one item's sampling noise, from what the item is and never from when it runs: the same passage draws the same
 * noise in whatever batch, order or process it is asked. 48 bits, so that every side holds it exactly.
 */
export function itemSeed(seed: number, ...parts: readonly (string | number)[]): number {
  return Number.parseInt(hash('sha256', JSON.stringify([seed, ...parts]), 'hex').slice(0, 12), 16);
}
