import { join } from 'node:path';
import { datamanReward, structureReward } from '@repro/plugins';
import { openSession } from '@repro/sdk';
import { bindReward, fakeHost, scoreSamples } from '@repro/sdk/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openProject } from './test-run.ts';

/** The user's turn that the built-in rephraser makes of a page, with the words of a prompt file or its own. */
async function openPrompt(file?: string) {
  const project = await openProject({
    'recipe.yaml': `name: case
models: { small: { path: 'builtin:smollm2-135m' } }
rephraser: { use: repro, model: small${file === undefined ? '' : ', prompt: { file: prompt.txt }'} }
`,
    ...(file !== undefined && { 'prompt.txt': file }),
  });
  const session = await openSession(join(project.folder, 'recipe.yaml'));
  return (text: string): string => {
    const { rephraser } = session;
    const [prompt] =
      rephraser && 'prompt' in rephraser ? rephraser.prompt({ documentId: '1', index: 0, before: '', text }) : [];
    const content = prompt && 'messages' in prompt ? prompt.messages.at(-1)?.content : undefined;
    return typeof content === 'string' ? content : expect.unreachable();
  };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: a page may hold one
const page = "Pay $& or $$5, $' and $` for {text} {0} {{x}} ${y} %s \\1 <% z %>";
const head = 'Return JSON like {"a": 1}. Page:\n';
const tail = '\nEnd.';

it('P02: a page stands in the prompt of a file once, byte for byte, whatever patterns it holds', async () => {
  const render = await openPrompt(`${head}{text}${tail}`);
  expect(render(page)).toBe(head + page + tail);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(render(text)).toBe(head + text + tail);
    }),
  );
});

it('P02: so it does between our own words', async () => {
  const render = await openPrompt();
  const [before = '', after = ''] = render('PAGE').split('PAGE');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(render(text)).toBe(before + text + after);
    }),
  );
});

it.each([
  ['structure', structureReward, {}],
  ['dataman', datamanReward, { prompt: `${head}{text}${tail}` }],
])('P02: and so it does in what the judge %s reads', async (_, reward, config) => {
  const prompts: string[] = [];
  const generate = (text: string) => {
    prompts.push(text);
    return '1';
  };
  const bound = await bindReward(reward, config, fakeHost({ generate }));
  const judge = async (original: string, rephrased: string) => {
    prompts.length = 0;
    const sample = { id: '1', original, rephrased, metadata: {} };
    await scoreSamples(bound, [sample], { abortSignal: AbortSignal.timeout(1_000) });
    return prompts.map((prompt) => prompt.replaceAll(/\[[0-9a-f]{12}\]/g, '[mark]'));
  };
  const plain = await judge('ORIGINAL', 'REPHRASED');
  expect(plain.join()).toMatch(/ORIGINAL.*REPHRASED/s);
  const other = `${page} Again: ${page}`;
  const expected = plain.map((prompt) => prompt.split('ORIGINAL').join(page).split('REPHRASED').join(other));
  expect(await judge(page, other)).toEqual(expected);
});
