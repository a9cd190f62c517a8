import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLoop } from './is-loop.ts';

// Every code point, halves of pairs included; fast-check's own `binary` takes two seconds to begin.
const anyCharacter = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code));

const good =
  'The mill was built in 1874 by Anna Berg and ran until 12 March 1931. It could grind 40 kg of rye an hour. ';

describe('isLoop', () => {
  it.each([
    ['a word', `${good}${'high-end, '.repeat(20)}`],
    ['a sentence', `${good}${'The mill was old and stood by the river. '.repeat(4)}`],
    ['a paragraph', `${good}\n\n`.repeat(3)],
    [
      'a numbered line',
      Array.from({ length: 30 }, (_, index) => `${index}. The mill was old and stood by the river.`).join('\n'),
    ],
    ['Chinese', `${'这座磨坊很旧,就在河边。'.repeat(12)}`],
    ['Thai', `${'โรงสีเก่ามาก'.repeat(12)}`],
    ['Hindi', `${'चक्की पुरानी थी। '.repeat(12)}`],
    ['a letter', `${good}${'a'.repeat(200)}`],
  ])('finds a model stuck on %s', (_, text) => {
    expect(isLoop(text, good)).toBe(true);
  });

  it.each([
    ['English', `${good}${good.toUpperCase()}`],
    ['a short text', 'No, no, no!'],
    [
      'Hindi',
      'चक्की १८७४ में अन्ना बर्ग ने बनवाई थी और यह १२ मार्च १९३१ तक चलती रही। यह एक घंटे में चालीस किलो राई पीस सकती थी और बच्चों को पहिये पर चढ़ने की अनुमति नहीं थी। आज यह एक संग्रहालय है जहाँ गर्मियों में बहुत लोग आते हैं।',
    ],
    [
      'Thai',
      'โรงสีแห่งนี้สร้างขึ้นในปีหนึ่งพันแปดร้อยเจ็ดสิบสี่โดยแอนนาเบิร์กและเปิดดำเนินการจนถึงวันที่สิบสองมีนาคม สามารถบดข้าวไรย์ได้สี่สิบกิโลกรัมต่อชั่วโมง ปัจจุบันเป็นพิพิธภัณฑ์ที่มีผู้เข้าชมจำนวนมากในฤดูร้อน',
    ],
    [
      'Chinese',
      '这座磨坊由安娜·贝格于1874年建造,一直运行到1931年3月12日。它每小时能磨四十公斤黑麦。孩子们不准爬上水轮。如今这里是一座博物馆,夏天有许多游客前来参观,门票五元五角,每天上午十点到下午四点开放。',
    ],
    [
      'a table',
      '| Year | Rye | Wheat |\n|------|-----|-------|\n| 1874 | 40  | 12    |\n| 1875 | 41  | 13    |\n| 1876 | 44  | 17    |\n| 1877 | 39  | 11    |',
    ],
    ['a rule', `${good}\n${'-'.repeat(100)}`],
  ])('does not mistake %s for a loop', (_, text) => {
    expect(isLoop(text, '')).toBe(false);
  });

  it('takes repeats of the source for no loop', () => {
    const refrain = 'Row, row, row your boat, gently down the stream.\n'.repeat(8);
    expect(isLoop(refrain, '')).toBe(true);
    expect(isLoop(`The song:\n${refrain}`, refrain)).toBe(false);
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 400 }), (text) => {
        expect(isLoop(text, text)).toBe(false);
      }),
    );
  });

  it('reads a long text in linear time', () => {
    const started = performance.now();
    for (const text of ['ab'.repeat(10_000), 'a'.repeat(20_000), `${'a'.repeat(10_000)}b`, good.repeat(200)]) {
      isLoop(text, '');
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
