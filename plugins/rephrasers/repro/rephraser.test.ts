import {
  type CompletedCompletion,
  countCharacters,
  type Document,
  type Passage,
  type Prompt,
} from '@repro/sdk/contract';
import { fakeCompletion, testRephraser } from '@repro/sdk/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Config, type ReproConfig } from './config.ts';
import { NoRoomForPassagesError } from './no-room-for-passages-error.ts';
import { reproRephraser } from './rephraser.ts';

// Every code point, halves of pairs included; fast-check's own `binary` takes two seconds to begin.
const anyCharacter = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code));

const opener = 'Here is a paraphrased version:';
const source = 'The mill was built in 1874 by Anna Berg.\nHome | Shop';

testRephraser(reproRephraser, { config: {}, complete: () => `${opener}\n\nAnna Berg built the mill in 1874.` });

const configOf = (config: object = {}): ReproConfig => Config.parse(config);

const passageOf = (text: string): Passage => ({ documentId: '1', index: 0, before: '', text });

/** What became of one passage: its new text, or the reason and no text. */
function parse(
  answer: string,
  { page = source, finishReason = 'stop' as CompletedCompletion['finishReason'], config = {} } = {},
): string {
  const completion = fakeCompletion(answer, { finishReason });
  const rephrasing = reproRephraser.parse([completion], passageOf(page), configOf(config));
  return rephrasing.outcome === 'rephrased'
    ? rephrasing.text
    : rephrasing.outcome === 'rejected'
      ? `rejected: ${rephrasing.reason}`
      : rephrasing.outcome;
}

describe('prompt', () => {
  const userText = (text: string, config: object = {}) => {
    const prompt = reproRephraser.prompt(passageOf(text), configOf(config)) as Prompt;
    return 'messages' in prompt ? prompt.messages.map(({ content }) => content).at(-1) : undefined;
  };

  it('puts the page into a given prompt byte for byte', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a page may say it, and it must stay as it is
    const page = "Pay $& or $$5, $' and $` for {text} {0} {{x}} ${y} %s \\1 <% z %>";
    const prompt = 'Return JSON like {"a": 1}. Page:\n{text}\nEnd.';
    expect(userText(page, { prompt })).toBe(`Return JSON like {"a": 1}. Page:\n${page}\nEnd.`);
  });

  it('puts any page between the same words', () => {
    const [head = '', tail = ''] = String(userText('PAGE')).split('PAGE');
    expect(`${head}${tail}`).toContain(opener);
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (page) => {
        expect(userText(page)).toBe(head + page + tail);
      }),
    );
  });

  it('takes the system message and the opener from the config', () => {
    const config = configOf({ system: 'Be brief.', opener: 'Rewritten:' });
    expect(reproRephraser.prompt(passageOf('x'), config)).toMatchObject({
      messages: [{ role: 'system', content: 'Be brief.' }, { content: expect.stringContaining('Rewritten:') }],
    });
  });

  it('begins the answer with the opener when asked to', () => {
    const messages = (config: object) => {
      const prompt = reproRephraser.prompt(passageOf('x'), configOf(config)) as Prompt;
      return 'messages' in prompt ? prompt.messages : [];
    };
    expect(messages({ prefill: true }).at(-1)).toEqual({ role: 'assistant', content: `${opener}\n\n` });
    expect(messages({ prefill: true }).slice(0, 2)).toEqual(messages({}));
  });

  it.each([
    ['Rewrite.', '0 times'],
    ['{text} or {text}', '2 times'],
  ])('refuses the prompt %j, which says not where the page goes', (prompt, times) => {
    expect(Config.safeParse({ prompt }).error?.issues[0]?.message).toContain(`it is there ${times}`);
  });
});

describe('split', () => {
  const countTokens = (text: string) => Math.ceil(text.length / 4);
  const split = (text: string, { config = {}, maxTokens = 2048, contextTokens = 8192 } = {}) => {
    const document: Document = { id: '1', text, metadata: {} };
    return reproRephraser.split(document, {
      config: configOf(config),
      countTokens,
      sampling: { maxTokens },
      contextTokens,
    });
  };
  const page = 'A sentence of about sixty characters stands here for a page. '.repeat(1000);

  it('cuts passages of at most 7,000 characters', () => {
    const lengths = split(page).map(({ text }) => countCharacters(text));
    expect(Math.max(...lengths)).toBeLessThanOrEqual(7000);
    expect(lengths.length).toBeLessThanOrEqual(Math.ceil(page.length / 7000) + 1);
  });

  it('leaves room in the completion for the opener and a quarter more text', () => {
    for (const { text } of split(page, { maxTokens: 400 })) {
      expect(countTokens(opener) + 1.25 * countTokens(text)).toBeLessThanOrEqual(400);
    }
  });

  it('leaves room in the window for the instruction and a whole completion', () => {
    const config = configOf({});
    for (const passage of split(page, { maxTokens: 1000, contextTokens: 1700 })) {
      const prompt = reproRephraser.prompt(passage, config) as Extract<Prompt, { messages: unknown }>;
      const promptTokens = prompt.messages.reduce((sum, { content }) => sum + countTokens(String(content)), 0);
      expect(promptTokens + 1000).toBeLessThanOrEqual(1700);
    }
  });

  it('says what to change when no passage can fit', () => {
    expect(() => split(page, { maxTokens: 30 })).toThrow(NoRoomForPassagesError);
    expect(() => split(page, { maxTokens: 30 })).toThrow('sampling.maxTokens is 30, which is too short');
    expect(() => split(page, { maxTokens: 2048, contextTokens: 2048 })).toThrow(
      /window of 2048; lower sampling.maxTokens/,
    );
  });
});

describe('parse', () => {
  it('P05: takes the text after the opener, and no reasoning', () => {
    expect(parse(`It is short.</think>\n\n${opener}\nClean.`)).toBe('Clean.');
    expect(parse(`<think>\n\n</think>\n\n${opener}\nClean.`)).toBe('Clean.');
    expect(parse(`${opener}\nClose it with </think> in the source.`)).toBe('Close it with </think> in the source.');
    expect(parse(`<think>${opener}\ndraft</think>\n\n${opener}\nfinal`)).toBe('final');
    expect(parse('<think>The page is about', { finishReason: 'length' })).toBe('rejected: think-open');
  });

  it.each([
    ['drafts behind a beginning in the prompt', `${opener}\ndraft</think>\n\n${opener}\nfinal`, 'final'],
    ['speaks of its own end', `<think>I write </think> first.</think>\n\n${opener}\nfinal`, 'final'],
    ['comes in two blocks', `<think>one</think>\n<think>two</think>\n${opener}\nfinal`, 'final'],
    ['comes behind the opener', `${opener}\n<think>one</think>\n\n${opener}\nfinal`, 'final'],
    ['comes behind the opener alone', `${opener}\n<think>one</think>\n\nfinal`, 'rejected: think-open'],
    ['begins again in the text', `${opener}\nfinal <think>is it?`, 'rejected: think-open'],
    ['ends without an end', '<think>ends with ', 'rejected: think-open'],
    ['ends without an answer', '<think>one</think>\n\nfinal', 'rejected: no-opener'],
    ['is all there is', '<think>one</think>', 'rejected: no-opener'],
  ])('P05: lets nothing through of reasoning that %s', (_, answer, outcome) => {
    expect(parse(answer)).toBe(outcome);
  });

  it('P05: takes the marks of a page that speaks of them as its own', () => {
    const page = `A prompt may end in <think></think>\n\n${opener}\nand so on.`;
    const text = page.replace('may end', 'ends');
    expect(parse(`${opener}\n${text}`, { page })).toBe(text);
    expect(parse(`<think>Keep it.</think>\n\n${opener}\n${text}`, { page })).toBe(text);
  });

  it.each([
    ['Here is a paraphrased version:\nAll good ', 'All good'],
    ['<think>ends with ', 'rejected: think-open'],
    ['Here is a paraphrased version:\nAll good </docu', 'All good </docu'],
    ['', 'rejected: no-opener'],
  ])('P07: makes %j, which a stop string or the end has cut, %j', (answer, outcome) => {
    expect(parse(answer)).toBe(outcome);
  });

  it('takes all of an answer that was begun for the model', () => {
    const config = { prefill: true };
    expect(parse('Clean.', { config })).toBe('Clean.');
    expect(parse(source, { config })).toBe('kept');
    expect(parse('', { config })).toBe('rejected: empty');
    expect(parse('Clean', { config, finishReason: 'length' })).toBe('rejected: cut-off');
  });

  it('takes an answer that the engine ended for its repeats as a loop', () => {
    expect(parse(`${opener}\nClean.`, { finishReason: 'repetition' })).toBe('rejected: loop');
    expect(parse('It goes on and', { finishReason: 'repetition' })).toBe('rejected: no-opener');
  });

  it.each([
    `  ${opener.toUpperCase()} Clean. \n`,
    `**${opener}**\n\nClean.`,
    `"${opener}"\nClean.`,
    `"${opener}\nClean."`,
    `> ${opener} Clean.`,
    'Here is a paraphrased version of the page:\nClean.',
    'Here is a paraphrased version of a blog post.\n\nClean.',
    opener.replaceAll(' ', '\n').concat('Clean.'),
  ])('finds the opener in %j', (answer) => {
    expect(parse(answer)).toBe('Clean.');
  });

  it('keeps bold, lists and quotes of the text itself', () => {
    expect(parse(`${opener}\n\n"One," she said, "is **two**."`)).toBe('"One," she said, "is **two**."');
    expect(parse(`${opener}\n\n- One\n- Two`)).toBe('- One\n- Two');
  });

  it('wants the opener at the start', () => {
    expect(parse('The mill is old.')).toBe('rejected: no-opener');
    expect(parse('Here is a paraphrased version. It is old.')).toBe('rejected: no-opener');
    expect(parse(`Sure! ${opener} Clean.`)).toBe('rejected: no-opener');
    expect(parse('')).toBe('rejected: no-opener');
    expect(parse(' \u200b')).toBe('rejected: no-opener');
  });

  it('finds nothing in an answer that stops after the opener', () => {
    for (const nothing of ['', ' \n', '\u200b\n', '**', `\n${opener}`]) {
      expect(parse(opener + nothing)).toBe('rejected: empty');
    }
  });

  it('keeps a passage that comes back as it was', () => {
    expect(parse(`${opener}\n${source}`)).toBe('kept');
  });

  it('takes no answer that was cut off', () => {
    expect(parse(`${opener}\nThe mill was bui`, { finishReason: 'length' })).toBe('rejected: cut-off');
    expect(parse(`${opener}\n${source}`, { finishReason: 'length' })).toBe('rejected: cut-off');
    expect(parse(`${opener}\n${'high-end, '.repeat(50)}`, { finishReason: 'length' })).toBe('rejected: loop');
  });

  it('tells a refusal from a page that is sorry', () => {
    expect(parse("I'm sorry, but I can't assist with that.")).toBe('rejected: refusal');
    expect(parse(`${opener}\nAs an AI language model, I cannot rewrite this page.`)).toBe('rejected: refusal');
    const apology = 'I’m sorry to say that we cannot help you any longer.';
    expect(parse(`${opener}\n${apology}`, { page: `${apology} Home | Shop` })).toBe(apology);
    expect(parse(`${opener}\nI cannot believe that the mill is from 1874.`)).toContain('believe');
  });

  it('finds an answer that repeats the instruction', () => {
    const prompt = reproRephraser.prompt(passageOf(source), configOf()) as Extract<Prompt, { messages: unknown }>;
    const asked = String(prompt.messages.at(-1)?.content);
    expect(parse(`${opener}\n${asked}`)).toBe('rejected: echo');
    expect(parse(`${opener}\n${asked}!`, { page: asked })).not.toContain('rejected');
  });

  it('finds an answer in another script, and lets a few foreign words be', () => {
    const english = 'The mill was built in 1874 by Anna Berg and ran until 1931.';
    const russian = 'Мельница была построена в 1874 году Анной Берг.';
    expect(parse(`${opener}\n${english}`, { page: russian })).toBe('rejected: language-changed');
    expect(parse(`${opener}\n${russian}`, { page: english })).toBe('rejected: language-changed');
    expect(parse(`${opener}\n${english}`, { page: `${english} ${russian}` })).toBe(english);
    expect(
      parse(`${opener}\nこのミルは1874年に建てられました。`, {
        page: '这座磨坊建于1874年,由安娜·贝格建造,一直运行到1931年三月。',
      }),
    ).not.toContain('rejected');
  });

  it.each([
    [
      'Devanagari',
      'चक्की अठारह सौ चौहत्तर में अन्ना बर्ग ने नदी के किनारे बनवाई थी और यह कई वर्षों तक चलती रही। यह एक घंटे में चालीस किलो राई पीस सकती थी। आज यह एक संग्रहालय है जहाँ बहुत लोग आते हैं',
    ],
    [
      'Thai',
      'โรงสีแห่งนี้สร้างขึ้นในปีหนึ่งพันแปดร้อยเจ็ดสิบสี่โดยแอนนาเบิร์กและเปิดดำเนินการจนถึงวันที่สิบสองมีนาคมสามารถบดข้าวไรย์ได้สี่สิบกิโลกรัมต่อชั่วโมงปัจจุบันเป็นพิพิธภัณฑ์ที่มีผู้เข้าชมจำนวนมากในฤดูร้อนทุกปี',
    ],
    [
      'Chinese',
      '这座磨坊由安娜·贝格于一八七四年建造，一直运行到大洪水来临。它每小时能磨四十公斤黑麦。孩子们不准爬上水轮。如今这里是一座博物馆，夏天有许多游客前来参观，每天上午十点到下午四点开放。',
    ],
    [
      'Arabic',
      'بنت آنا بيرغ المطحنة على ضفة النهر قبل زمن طويل وظلت تعمل حتى الفيضان الكبير وكانت تطحن الشعير والقمح لأهل القرى المجاورة كل صباح أما اليوم فهي متحف صغير يزوره الناس في الصيف',
    ],
  ])('R04: takes %s for no loop, echo or refusal', (_, text) => {
    expect(parse(`${opener}\n${text}`, { page: text })).toBe('kept');
    expect(parse(`${opener}\n${text}`, { page: `${text} ${text.slice(0, 40)}` })).toBe(text);
    expect(parse(`${opener}\n${text}`, { page: `Home | Shop\n\n${text}` })).toBe(text);
  });

  it('is total on any string', () => {
    const anyAnswer = fc
      .array(
        fc.oneof(
          fc.constantFrom('<think>', '</think>', opener, ' ', '\n', '**', '"', "I'm sorry", source),
          fc.string({ unit: anyCharacter }),
          fc.string({ unit: 'grapheme' }),
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(anyAnswer, anyAnswer, fc.constantFrom('stop', 'length'), (answer, page, finishReason) => {
        const completion = fakeCompletion(answer, { finishReason });
        const rephrasing = reproRephraser.parse([completion], passageOf(page), configOf());
        if (rephrasing.outcome === 'rephrased') {
          expect(answer).toContain(rephrasing.text);
          expect(rephrasing.text.trim()).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
    expect(reproRephraser.parse([], passageOf(source), configOf())).toMatchObject({ outcome: 'rejected' });
  });
});
