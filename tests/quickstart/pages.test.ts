import { readFileSync } from 'node:fs';
import { parseJson } from '@repro/sdk/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const Page = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  url: z.url({ protocol: /^https$/ }),
  lang: z.string().length(2).optional(),
  crawled: z.iso.date().optional(),
  text: z.string(),
});

const file = new URL('../../templates/quickstart/pages.jsonl', import.meta.url);
const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
const pages = lines.map((line) => Page.parse(parseJson(line)));
const longestFirst = pages.map((page) => [...page.text].length).sort((a, b) => b - a);

describe('pages of the quickstart', () => {
  it('are about forty, each with an id of its own', () => {
    expect(pages.length).toBeGreaterThanOrEqual(38);
    expect(pages.length).toBeLessThanOrEqual(45);
    expect(new Set(pages.map((page) => page.id)).size).toBe(pages.length);
  });

  it('hold one empty page and one long page; the others have at most 1,200 characters', () => {
    expect(longestFirst.filter((characters) => characters === 0)).toHaveLength(1);
    expect(longestFirst[0]).toBeGreaterThan(5_000);
    expect(longestFirst[0]).toBeLessThan(7_000);
    expect(longestFirst[1]).toBeLessThanOrEqual(1_200);
  });

  it.each(['Latin', 'Devanagari', 'Han', 'Arabic', 'Cyrillic', 'Thai', 'Hiragana', 'Hangul', 'Greek'])(
    'write %s',
    (script) => {
      const letters = new RegExp(`\\p{Script=${script}}`, 'u');
      expect(pages.some((page) => letters.test(page.text))).toBe(true);
    },
  );

  it.each([
    ['a cookie banner', /cookies/i],
    ['share buttons', /\bshare\b.*\bprint\b/i],
    ['a breadcrumb menu', /^Home [/>›»]/m],
    ['a table', /^.+\|.+\|.+$/m],
    ['a numbered list', /^1\. .+\n2\. /m],
    ['a bulleted list', /^[-*•] .+\n[-*•] /m],
    ['a forum post', /Re: /],
    ['a cooking recipe', /^Ingredients$/m],
    ['fenced code', /^```python$/m],
    ['a product with its price', /Add to basket/],
    ['broken markup', /<\/td><\/tr>/],
    ['wrongly decoded text', /â€™/],
  ])('show %s', (_name, pattern) => {
    expect(pages.some((page) => pattern.test(page.text))).toBe(true);
  });

  it('name no real site', () => {
    for (const { url } of pages) {
      expect(new URL(url).hostname).toMatch(/\bexample\.[a-z.]+$/);
    }
  });
});
