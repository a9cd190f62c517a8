import { expect, it } from 'vitest';
import { openFlight } from './flight.ts';

const settled = async (promise: Promise<unknown>) => {
  let is = false;
  promise.then(
    () => (is = true),
    () => (is = true),
  );
  await new Promise(setImmediate);
  return is;
};

it('has room until the weight under way reaches its bound', async () => {
  const flight = openFlight(2);
  const landing = Promise.withResolvers<void>();
  await flight.room();
  const first = flight.start(() => landing.promise);
  await flight.room();
  const second = flight.start(() => landing.promise);
  const room = flight.room();
  expect(await settled(room)).toBe(false);
  landing.resolve();
  await Promise.all([first, second, room]);
});

it('counts what a task weighs once it knows, and at least 1', async () => {
  const flight = openFlight(3);
  const landing = Promise.withResolvers<void>();
  const heavy = flight.start(async (weigh) => {
    weigh(5);
    await landing.promise;
  });
  expect(await settled(flight.room())).toBe(false);
  landing.resolve();
  await heavy;
  const light = flight.start(async (weigh) => {
    weigh(0);
    await new Promise(() => {});
  });
  void light;
  expect(await settled(flight.room())).toBe(true);
});

it('throws the first failure to everyone who waits for room or asks later', async () => {
  const flight = openFlight(1);
  const landing = Promise.withResolvers<void>();
  const failing = flight.start(() => landing.promise);
  const waiting = flight.room();
  landing.reject(new Error('first'));
  await expect(failing).rejects.toThrow('first');
  await expect(waiting).rejects.toThrow('first');
  await expect(flight.start(() => Promise.reject(new Error('second')))).rejects.toThrow('second');
  await expect(flight.room()).rejects.toThrow('first');
});
