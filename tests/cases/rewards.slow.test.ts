import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, recycle, score } from '@repro/sdk';
import { countCharacters, defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { scoreSamples } from '@repro/sdk/testing';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openProject } from './test-run.ts';

// The built-in rewards with their real models.
const encoder = 'builtin:minilm-l6';
const quality = 4;

const sampleOf = ([original, rephrased]: readonly [string, string], id: number) => ({
  id: `${id}`,
  original,
  rephrased,
  metadata: { quality },
});

it('R01: the end of a long text counts, and the scores say how many windows were read', async () => {
  const sentences = Array.from({ length: 400 }, (_, index) => `Item ${index + 1} costs ${17 * (index + 1)} euros. `);
  const head = sentences.slice(0, 300).join('');
  const lorem = 'Lorem ipsum dolor sit amet. '.repeat(100);
  const page = sentences.join('');
  const texts: Readonly<Record<string, string>> = { same: page, 'other end': head + lorem, moved: lorem + head };
  const rewrite = defineRephraser({
    specificationVersion: 'v1',
    kind: 'rephraser',
    name: 'rewrite',
    configSchema: z.strictObject({}),
    split: (document) => splitDocument(document, { maxCharacters: 100_000 }),
    prompt: () => [],
    parse: (_none, { documentId }) => ({ outcome: 'rephrased', text: texts[documentId] ?? '' }),
    join: joinParts,
  });
  const project = await openProject({
    'pages/a.jsonl': Object.keys(texts)
      .map((id) => `${JSON.stringify({ id, text: page })}\n`)
      .join(''),
  });
  await using session = await project.open({
    rephraser: { use: rewrite },
    rewards: [{ use: 'bertscore', encoder, threshold: 'none' }],
    score: {},
  });
  await recycle(session);
  await score(session);
  const rows = await project.query(
    `select record_id, value, details->>'$.windows.original', details->>'$.windows.rephrased' from scores`,
  );
  const values = new Map(rows.map(([id, value]) => [id, Number(value)]));
  const same = values.get('same') ?? 0;
  expect(same).toBeGreaterThanOrEqual(0.999);
  expect(values.get('other end')).toBeLessThanOrEqual(same - 0.02);
  expect(values.get('moved')).toBeLessThanOrEqual(same - 0.02);
  expect(rows.flatMap(([, , ...windows]) => windows).map((windows) => Number(windows) > 1)).toEqual(
    Array(6).fill(true),
  );
});

it('R02: an empty text has the lowest score of each reward or none, and costs its neighbours nothing', async () => {
  const original = 'three birds sat on a wire';
  const samples = [
    ...['', '   ', '\u200b\n', 'Here is a paraphrased version:'].map((empty) => [original, empty] as const),
    ['', 'text'] as const,
    [original, 'On a wire sat three birds.'] as const,
  ].map(sampleOf);
  await using session = await openSession({
    name: 'empty',
    models: { small: { path: 'builtin:smollm2-135m', engine: 'transformers' } },
    rewards: [
      { use: 'bertscore', encoder, threshold: 'none' },
      { use: 'length' },
      { use: 'facts' },
      { use: 'structure-rules' },
      { use: 'structure', model: 'small' },
      { use: 'dataman', model: 'small', prompt: 'Rate it from 1 to 5.\n\n{text}', label: 'quality' },
      { use: 'quality-probe', encoder: 'builtin:smollm2-135m' },
      { use: 'perplexity', model: 'small' },
    ],
  });
  const scored = (value: number) => expect.objectContaining({ outcome: 'scored', value });
  const unscored = (reason: string) => ({ outcome: 'unscored', reason });
  for (const reward of session.rewards) {
    const { name } = reward;
    const scores = await scoreSamples(reward, samples, { abortSignal: session.abortSignal });
    const [alone] = await scoreSamples(reward, samples.slice(-1), { abortSignal: session.abortSignal });
    const lowest = {
      dataman: scored(1 - quality),
      'quality-probe': scored(-4),
      perplexity: unscored('the text is empty'),
    };
    expect(scores.slice(0, 4), name).toEqual(Array(4).fill(lowest[name as keyof typeof lowest] ?? scored(0)));
    // A text is predicted without its original.
    expect(scores[4], name).toEqual(name === 'perplexity' ? expect.anything() : unscored('the original is empty'));
    const values = [scores[5], alone].map((score) => (score?.outcome === 'scored' ? score.value : score?.reason));
    expect(values[0], name).toEqual(typeof values[1] === 'number' ? expect.closeTo(values[1], 4) : values[1]);
  }
});

const texts = {
  Devanagari:
    'चक्की अठारह सौ चौहत्तर में अन्ना बर्ग ने नदी के किनारे बनवाई थी और यह कई वर्षों तक चलती रही। यह एक घंटे में चालीस किलो राई पीस सकती थी। आज यह एक संग्रहालय है जहाँ बहुत लोग आते हैं',
  Thai: 'โรงสีแห่งนี้สร้างขึ้นในปีหนึ่งพันแปดร้อยเจ็ดสิบสี่โดยแอนนาเบิร์กและเปิดดำเนินการจนถึงวันที่สิบสองมีนาคมสามารถบดข้าวไรย์ได้สี่สิบกิโลกรัมต่อชั่วโมงปัจจุบันเป็นพิพิธภัณฑ์ที่มีผู้เข้าชมจำนวนมากในฤดูร้อนทุกปี',
  Chinese:
    '这座磨坊由安娜·贝格于一八七四年建造，一直运行到大洪水来临。它每小时能磨四十公斤黑麦。孩子们不准爬上水轮。如今这里是一座博物馆，夏天有许多游客前来参观，每天上午十点到下午四点开放。'
      .repeat(3)
      .slice(0, 200),
  Arabic:
    'بنت آنا بيرغ المطحنة على ضفة النهر قبل زمن طويل وظلت تعمل حتى الفيضان الكبير وكانت تطحن الشعير والقمح لأهل القرى المجاورة كل صباح أما اليوم فهي متحف صغير يزوره الناس في الصيف ويشرب فيه الأطفال عصير التفاح مع جدهم العجوز',
};

it('R04: texts of any script are read, and every side counts code points', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'repro-case-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const counting =
    'def score(samples):\n    return [len(sample.original) * 1000 + len(sample.rephrased) for sample in samples]\n';
  await writeFile(join(folder, 'counting.py'), counting);
  await using session = await openSession({
    name: 'scripts',
    rewards: [
      { use: 'bertscore', encoder, threshold: 'none' },
      { use: 'structure-rules' },
      { use: 'facts' },
      { use: 'length', atMost: 1.25 },
      { use: 'python', as: 'characters', file: join(folder, 'counting.py'), range: [0, 1e6] },
    ],
  });
  const emoji = ['\u{1f600}'.repeat(10), 'abcdefghijklm'] as const;
  const pairs = [...Object.values(texts).map((text) => [text, text] as const), emoji];
  const scores = new Map<string, readonly unknown[]>();
  for (const reward of session.rewards) {
    const found = await scoreSamples(reward, pairs.map(sampleOf), { abortSignal: session.abortSignal });
    scores.set(
      reward.name,
      found.map((score) => (score.outcome === 'scored' ? score.value : score.reason)),
    );
  }
  const same = Object.values(texts).map(() => 1);
  expect(scores.get('bertscore')?.slice(0, -1)).toEqual(same.map((value) => expect.closeTo(value, 3)));
  expect(scores.get('structure-rules')?.slice(0, -1)).toEqual(same);
  expect(scores.get('facts')?.slice(0, -1)).toEqual(same);
  expect(scores.get('length')).toEqual([...same, 0]);
  expect(scores.get('characters')).toEqual(
    pairs.map(([original, rephrased]) => countCharacters(original) * 1000 + countCharacters(rephrased)),
  );
  expect(scores.get('characters')?.at(-1)).toBe(10_013);
});
