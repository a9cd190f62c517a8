import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const Pair = z.strictObject({
  id: z.string().min(1),
  group: z.string().min(1),
  kind: z.string().min(1),
  source: z.string().min(300).max(1500),
  rephrased: z.string().max(1600),
});

const lines = readFileSync(fileURLToPath(import.meta.resolve('@repro/plugins/pairs.jsonl')), 'utf8')
  .trimEnd()
  .split('\n');
const pairs = lines.map((line) => Pair.parse(JSON.parse(line)));
const groups = Map.groupBy(pairs, ({ group }) => group);
const textOf = (group: string, kind: string) => groups.get(group)?.find((pair) => pair.kind === kind)?.rephrased;

/** Two kinds that are faithful, and the faults. */
const kinds = [
  'faithful',
  'light-edit',
  'summary',
  'made-up',
  'number-changed',
  'negation-flipped',
  'name-replaced',
  'roles-exchanged',
  'boilerplate-kept',
  'list-flattened',
  'code-broken',
  'cut-off',
  'copied',
  'empty',
  'wrong-language',
];

describe('the labelled pairs that come along', () => {
  it('are well-formed, each with an id of its own, and one source to a group', () => {
    expect(lines.every((line) => line.isWellFormed())).toBe(true);
    expect(new Set(pairs.map(({ id }) => id)).size).toBe(pairs.length);
    for (const members of groups.values()) {
      expect(new Set(members.map(({ source }) => source)).size).toBe(1);
    }
    expect(new Set(pairs.map(({ source }) => source)).size).toBe(groups.size);
  });

  it.each(kinds)('hold at least ten of the kind %s, each beside a faithful rewriting', (kind) => {
    const found = pairs.filter((pair) => pair.kind === kind);
    expect(found.length).toBeGreaterThanOrEqual(10);
    expect(found.filter(({ group }) => textOf(group, 'faithful') === undefined)).toEqual([]);
  });

  it('hold no other kind, and no two texts of a group are the same', () => {
    expect(new Set(pairs.map(({ kind }) => kind))).toEqual(new Set(kinds));
    for (const members of groups.values()) {
      expect(new Set(members.map(({ rephrased }) => rephrased)).size).toBe(members.length);
    }
  });

  it('are rewordings and not copies: a faithful text shares few of its sentences with its source', () => {
    for (const [group, members] of groups) {
      // Code is the same in both.
      const prose = (textOf(group, 'faithful') ?? '').replaceAll(/```[\s\S]*?```/g, '');
      const sentences = prose.split(/(?<=[.?!])\s+|\n+/).filter((sentence) => sentence.length > 25);
      const copied = sentences.filter((sentence) => members[0]?.source.includes(sentence));
      expect(copied.length, group).toBeLessThanOrEqual(sentences.length / 5);
    }
  });

  it('differ from the faithful text in one place where one thing is changed', () => {
    for (const kind of ['made-up', 'number-changed', 'negation-flipped', 'name-replaced', 'code-broken']) {
      for (const { group, rephrased } of pairs.filter((pair) => pair.kind === kind)) {
        const faithful = textOf(group, 'faithful') ?? '';
        const least = Math.min(faithful.length, rephrased.length);
        let start = 0;
        while (start < least && faithful[start] === rephrased[start]) start += 1;
        let end = 0;
        while (end < least - start && faithful.at(-1 - end) === rephrased.at(-1 - end)) end += 1;
        expect(faithful.length - start - end, `${group}/${kind}`).toBeLessThan(260);
        expect(start + end, `${group}/${kind}`).toBeGreaterThan(0.4 * faithful.length);
      }
    }
  });

  it('are what their kind says', () => {
    for (const { group, kind, source, rephrased } of pairs) {
      const faithful = textOf(group, 'faithful') ?? '';
      const [top = '', bottom = ''] = (textOf(group, 'boilerplate-kept') ?? '').split(faithful);
      switch (kind) {
        case 'copied':
          expect(rephrased).toBe(source);
          break;
        case 'boilerplate-kept':
          expect(source.startsWith(top) && source.endsWith(bottom)).toBe(true);
          expect(top.length + bottom.length).toBeGreaterThan(40);
          break;
        case 'cut-off':
          expect(faithful.startsWith(rephrased)).toBe(true);
          expect(rephrased).not.toMatch(/[.!?`]$/);
          break;
        case 'empty':
          expect(rephrased.trim()).toMatch(/^(Here is a paraphrased version:)?$/);
          break;
        case 'summary':
          expect(rephrased.length).toBeLessThan(source.length / 2.5);
          break;
        case 'light-edit':
          expect(source).not.toContain(rephrased);
          break;
        case 'list-flattened':
          expect(rephrased).not.toMatch(/^(- |\d+\. )/m);
          break;
      }
    }
  });

  it('are of varied lengths', () => {
    const lengths = [...groups.values()].map((members) => members[0]?.source.length ?? 0).toSorted((a, b) => a - b);
    expect(lengths[0]).toBeLessThan(500);
    expect(lengths.at(-1)).toBeGreaterThan(1200);
  });
});
