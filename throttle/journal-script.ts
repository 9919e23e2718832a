import { createScript } from "./script.js";

/** A batch that nobody took up for so long has lost its journal: then its unsettled rows count as announced. */
const keepMs = 7 * 24 * 3_600_000;

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

/**
 * Everything that one turn of the event loop has to say, about any number of batches. KEYS: journals. ARGV for each:
 * `token;withdrawn;announced;accepted`, the last three being positions separated by commas. One text a batch: ioredis
 * writes a command of texts in half the time of one with octets (27 µs against 51, of three batches). Returns for each
 * whether the token owns it.
 *
 * Another owner's announcements are not ours to take back. Acceptances are not fenced: who saw it does not change that it
 * was accepted. When Redis has lost the journal the mark stays true, and expires.
 */
export const marksScript = createScript(`
local function set(a, b) return bit.bor(a, b) end
local function clear(a, b) return bit.band(a, bit.bnot(b)) end
local function change(old, positions, operation)
  local masks, first, last = {}, math.huge, -1
  for position in positions:gmatch('%d+') do
    local index = math.floor(position / 8)
    masks[index] = bit.bor(masks[index] or 0, bit.rshift(128, position % 8))
    first, last = math.min(first, index), math.max(last, index)
  end
  if last < 0 then return old end
  if #old <= last then old = old .. string.rep('\\0', last + 1 - #old) end
  local changed = {}
  for index = first, last do changed[#changed + 1] = string.char(operation(old:byte(index + 1), masks[index] or 0)) end
  return old:sub(1, first) .. table.concat(changed) .. old:sub(last + 2)
end
local owned = {}
for k, key in ipairs(KEYS) do
  local token, withdrawn, announced, accepted = ARGV[k]:match('^([^;]*);([^;]*);([^;]*);([^;]*)$')
  local state = redis.call('HMGET', key, 'owner', 'announced', 'accepted')
  local owns = state[1] == token
  local fields = {}
  if owns and #withdrawn + #announced > 0 then
    fields = {'announced', change(change(state[2] or '', withdrawn, clear), announced, set)}
    if #announced > 0 then fields[3], fields[4] = 'begun', 1 end
  end
  if #accepted > 0 then
    fields[#fields + 1] = 'accepted'
    fields[#fields + 1] = change(state[3] or '', accepted, set)
  end
  if #fields > 0 then redis.call('HSET', key, unpack(fields)) end
  if #accepted > 0 and not state[1] then redis.call('PEXPIRE', key, ${keepMs}) end
  owned[k] = owns and 1 or ${notOwner}
end
return owned
`);
