import { createScript } from "./script.js";

/** A batch that nobody took up for so long has lost its journal: then its unsettled rows count as announced. */
const keepMs = 7 * 24 * 3_600_000;

/** Sets or clears bits in a bitmap that is a field of the journal's hash. */
const bitsLua = `
local function change(field, offset, bytes, operation)
  local old = redis.call('HGET', KEYS[1], field) or ''
  if #old < offset + #bytes then old = old .. string.rep('\\0', offset + #bytes - #old) end
  local changed = {}
  for i = 1, #bytes do changed[i] = string.char(operation(old:byte(offset + i), bytes:byte(i))) end
  redis.call('HSET', KEYS[1], field, old:sub(1, offset) .. table.concat(changed) .. old:sub(offset + #bytes + 1))
end
local function set(a, b) return bit.bor(a, b) end
local function clear(a, b) return bit.band(a, bit.bnot(b)) end
`;

/** What a fenced command answers when the token does not own the journal. */
export const notOwner = 0;

/**
 * KEYS: journal. ARGV: token. Returns begun, announced, accepted; each may be null. Owning a journal does not begin it: an
 * owner that dies before it has dealt with a lost journal must not make it look like an empty one.
 */
export const takeOverScript = createScript(`
local state = redis.call('HMGET', KEYS[1], 'begun', 'announced', 'accepted')
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ${keepMs})
return state
`);

/** KEYS: journal. ARGV: token. */
export const resetScript = createScript(`
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] then return ${notOwner} end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'begun', 1)
redis.call('PEXPIRE', KEYS[1], ${keepMs})
return 1
`);

/** KEYS: journal. ARGV: token, offset, bytes. */
export const announceScript = createScript(`${bitsLua}
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner ~= ARGV[1] then return ${notOwner} end
redis.call('HSET', KEYS[1], 'begun', 1)
change('announced', tonumber(ARGV[2]), ARGV[3], set)
return 1
`);

/** KEYS: journal. ARGV: token, offset, bytes. Another owner's announcements are not ours to take back. */
export const withdrawScript = createScript(`${bitsLua}
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then change('announced', tonumber(ARGV[2]), ARGV[3], clear) end
`);

/**
 * KEYS: journal. ARGV: offset, bytes. Not fenced: who accepted it does not change that it was accepted. When Redis has
 * lost the journal the mark stays true, and expires.
 */
export const acceptScript = createScript(`${bitsLua}
change('accepted', tonumber(ARGV[1]), ARGV[2], set)
if redis.call('HEXISTS', KEYS[1], 'owner') == 0 then redis.call('PEXPIRE', KEYS[1], ${keepMs}) end
`);
