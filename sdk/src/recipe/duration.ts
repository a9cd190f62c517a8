import { z } from 'zod';

const secondsPerUnit = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `30s`, `10m`, `1.5h`: a duration with its unit written out; the parsed value is seconds. */
export const durationSeconds = z
  .string('expected a number and a unit, as in 30s, 10m or 1.5h')
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'expected a number and a unit, as in 30s, 10m or 1.5h')
  .transform((text) => {
    const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof secondsPerUnit;
    return Number.parseFloat(text) * secondsPerUnit[unit];
  });
