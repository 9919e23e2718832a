import type { Redis } from "ioredis";
import { loadFactor, loadFactorOf, type LoadSample, type SystemLoad } from "../domain/system-load.js";
import { beforeDeadline } from "./deadline.js";
import { systemLoadKey } from "./keys.js";
import { clockLua, createScript } from "./script.js";

/** Present factor from what a load hash says; it rises by itself, so it needs nobody to raise it. */
export const loadLua = `${clockLua}
local function loadFactor(key, now)
  local state = redis.call('HMGET', key, 'factor', 'at')
  if not state[1] then return 1 end
  local risen = math.max(0, now - tonumber(state[2])) / ${loadFactor.recoveryMs}
  return math.min(1, tonumber(state[1]) + risen)
end
`;

/** KEYS: load. ARGV: now or 0, factor asked for, memory, queue depth, error rate. */
const reportScript = createScript(`${loadLua}
local now, asked = clock(tonumber(ARGV[1])), tonumber(ARGV[2])
local present = loadFactor(KEYS[1], now)
if asked >= present then return tostring(present) end
redis.call('HSET', KEYS[1], 'factor', asked, 'at', now, 'memory', ARGV[3], 'queueDepth', ARGV[4], 'errorRate', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ${loadFactor.recoveryMs})
return tostring(asked)
`);

/** KEYS: load. ARGV: now or 0. */
const readScript = createScript(`${loadLua}
local factor = loadFactor(KEYS[1], clock(tonumber(ARGV[1])))
local lowered = redis.call('HMGET', KEYS[1], 'factor', 'at', 'memory', 'queueDepth', 'errorRate')
return { tostring(factor), unpack(lowered, 1, 5) }
`);

/** Milliseconds since the epoch; 0: Redis's own clock. */
type Clock = () => number;

/**
 * Lowers the factor when the sample asks for less than it is; any process may.
 * @returns the factor that now holds for everybody. @throws Unavailable
 */
export async function reportLoad(redis: Redis, sample: LoadSample, now: Clock = () => 0): Promise<number> {
  const { memory, queueDepth, errorRate } = sample;
  const args = [now(), loadFactorOf(sample), memory, queueDepth, errorRate];
  return Number(await beforeDeadline(redis, () => reportScript.run(redis, [systemLoadKey], args)));
}

/** @throws Unavailable */
export async function readLoad(redis: Redis, now: Clock = () => 0): Promise<SystemLoad> {
  const reply = await beforeDeadline(redis, () => readScript.run(redis, [systemLoadKey], [now()]));
  const [factor, lowered, at, memory, queueDepth, errorRate] = (reply as (string | null)[]).map(Number) as [
    ...[number, number, number, number, number, number],
  ];
  if (factor >= 1) return { factor: 1 };
  return { factor, lowered: { factor: lowered, at: new Date(at), memory, queueDepth, errorRate } };
}
