import { readFileSync } from 'node:fs';
import type { JsonObject } from '@repro/sdk/contract';
import { parseJson } from '@repro/sdk/contract';
import { expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../bridge/src/codec.ts';
import type { MessageKind } from '../../bridge/src/protocol.ts';
import { messageKinds } from '../../bridge/src/protocol.ts';

function read(name: string): readonly JsonObject[] {
  return parseJson(readFileSync(new URL(name, import.meta.url), 'utf8')) as readonly JsonObject[];
}

const vectors = read('messages.json');

it.each(vectors.map(({ name, kind, body, frame }) => ({ name, kind, body, frame: Buffer.from(String(frame), 'hex') })))(
  'reads and writes $name',
  ({ kind, body, frame }) => {
    expect(decodeMessage(frame)).toEqual({ outcome: 'message', message: { kind, body } });
    expect(encodeMessage(kind as MessageKind, body as never)).toEqual(frame);
  },
);

it('has a vector for every kind of message', () => {
  expect([...new Set(vectors.map(({ kind }) => kind))].sort()).toEqual(Object.keys(messageKinds).sort());
});

it.each(read('bad-frames.json').map(({ name, frame }) => ({ name, frame: Buffer.from(String(frame), 'hex') })))(
  'refuses a frame that is $name',
  ({ frame }) => {
    expect(decodeMessage(frame)).toMatchObject({ outcome: 'bad' });
  },
);
