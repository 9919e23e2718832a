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

/** Arguments of `marksScript` for each of its keys. */
export const marksArguments = 7;

/**
 * Everything that one turn of the event loop has to say, about any number of batches. KEYS: journals. ARGV for each: token,
 * then offset and bytes (possibly none) of withdrawals, announcements, acceptances. Returns for each whether the token owns it.
 *
 * Another owner's announcements are not ours to take back. Acceptances are not fenced: who saw it does not change that it
 * was accepted. When Redis has lost the journal the mark stays true, and expires.
 */
export const marksScript = createScript(`
local function set(a, b) return bit.bor(a, b) end
local function clear(a, b) return bit.band(a, bit.bnot(b)) end
local function change(old, offset, bytes, operation)
  if #old < offset + #bytes then old = old .. string.rep('\\0', offset + #bytes - #old) end
  local changed = {}
  for i = 1, #bytes do changed[i] = string.char(operation(old:byte(offset + i), bytes:byte(i))) end
  return old:sub(1, offset) .. table.concat(changed) .. old:sub(offset + #bytes + 1)
end
local owned = {}
for k, key in ipairs(KEYS) do
  local token, withdrawnAt, withdrawn, announcedAt, announced, acceptedAt, accepted =
    unpack(ARGV, (k - 1) * ${marksArguments} + 1, k * ${marksArguments})
  local state = redis.call('HMGET', key, 'owner', 'announced', 'accepted')
  local owns = state[1] == token
  local fields = {}
  if owns and #withdrawn + #announced > 0 then
    local bits = change(state[2] or '', tonumber(withdrawnAt), withdrawn, clear)
    fields = {'announced', change(bits, tonumber(announcedAt), announced, set)}
    if #announced > 0 then fields[3], fields[4] = 'begun', 1 end
  end
  if #accepted > 0 then
    fields[#fields + 1] = 'accepted'
    fields[#fields + 1] = change(state[3] or '', tonumber(acceptedAt), accepted, set)
  end
  if #fields > 0 then redis.call('HSET', key, unpack(fields)) end
  if #accepted > 0 and not state[1] then redis.call('PEXPIRE', key, ${keepMs}) end
  owned[k] = owns and 1 or ${notOwner}
end
return owned
`);
