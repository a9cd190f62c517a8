import type { TimeUnit } from 'hyparquet';

const fractionDigits = { MILLIS: 3, MICROS: 6, NANOS: 9 } as const satisfies Record<TimeUnit, number>;
const dayMilliseconds = 86_400_000;

/** `2024-01-05T10:00:00.123456Z`, all digits of its unit or none; undefined beyond the 270,000 years that a calendar has. */
export function timestampText(value: bigint, unit: TimeUnit): string | undefined {
  const { seconds, fraction } = secondsOf(value, unit);
  const whole = calendarText(Number(seconds) * 1000);
  return whole && `${whole.slice(0, -'.000Z'.length)}${fraction}Z`;
}

/** `10:00:00.123456`; undefined for more than a day. */
export function timeText(value: bigint, unit: TimeUnit): string | undefined {
  const { seconds, fraction } = secondsOf(value, unit);
  // A leap second may follow the last one.
  if (seconds < 0n || seconds > 86_400n) {
    return undefined;
  }
  const [hours, minutes, rest] = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${rest}${fraction}`;
}

/** `1960-01-01`, of days since 1970. */
export function dateText(days: number): string | undefined {
  return calendarText(days * dayMilliseconds)?.split('T')[0];
}

/** `-12.30`: every digit that the type has, those after the last non-zero one too. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  const point = digits.length - scale;
  return scale > 0 ? `${sign}${digits.slice(0, point)}.${digits.slice(point)}` : `${sign}${digits}`;
}

/** `P1M2DT3.500S`: months, days and milliseconds are kept apart, as they are stored. */
export function intervalText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [months, days, milliseconds] = [0, 4, 8].map((offset) => view.getUint32(offset, true));
  return `P${months}M${days}DT${decimalText(BigInt(milliseconds ?? 0), 3)}S`;
}

/** `0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9` */
export function uuidText(bytes: Uint8Array): string {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Whole seconds below a value, and what is left as `.123456`, or nothing when it is zero. */
function secondsOf(value: bigint, unit: TimeUnit): { readonly seconds: bigint; readonly fraction: string } {
  const digits = fractionDigits[unit];
  const perSecond = 10n ** BigInt(digits);
  const rest = ((value % perSecond) + perSecond) % perSecond;
  return {
    seconds: (value - rest) / perSecond,
    fraction: rest === 0n ? '' : `.${String(rest).padStart(digits, '0')}`,
  };
}

function calendarText(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
