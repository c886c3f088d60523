// Reads the vectors of messages, events, receipts and codes and makes them again by SPEC.md
// alone, on nothing but node:crypto: a second implementation of what a device signs.
//
//   node check.mjs FOLDER    the folder of ops.json, messages.json, receipt.json …
//
// It says how many values it has made, or which one is another, and then ends with 1.
import c from 'node:crypto'
import fs from 'node:fs'

const hex = text => Buffer.from(text, 'hex')
const sha256 = (...parts) => { const h = c.createHash('sha256'); parts.forEach(p => h.update(p)); return h.digest() }
const privateKey = seed => c.createPrivateKey({ key: Buffer.concat([hex('302e020100300506032b657004220420'), seed]), format: 'der', type: 'pkcs8' })
const publicKey = raw => c.createPublicKey({ key: Buffer.concat([hex('302a300506032b6570032100'), raw]), format: 'der', type: 'spki' })

let made = 0
function same (what, got, want) {
  if (!hex(want).equals(got)) throw new Error(`${what} is ${got.toString('hex')}, the vector says ${want}`)
  made++
}

// cbor writes core deterministic CBOR of numbers, truths, texts, Buffers, arrays, and
// Maps of small whole numbers.
function head (major, n) {
  const type = major << 5
  if (n < 24) return Buffer.from([type | n])
  if (n < 0x100) return Buffer.from([type | 24, n])
  const size = n < 0x10000 ? 2 : n < 0x100000000 ? 4 : 8
  const b = Buffer.alloc(1 + size)
  b[0] = type | { 2: 25, 4: 26, 8: 27 }[size]
  if (size === 8) b.writeBigUInt64BE(BigInt(n), 1)
  else b.writeUIntBE(n, 1, size)
  return b
}

function cbor (v) {
  if (typeof v === 'number') return v < 0 ? head(1, -1 - v) : head(0, v)
  if (typeof v === 'boolean') return Buffer.from([v ? 0xf5 : 0xf4])
  if (typeof v === 'string') { const b = Buffer.from(v, 'utf8'); return Buffer.concat([head(3, b.length), b]) }
  if (Buffer.isBuffer(v)) return Buffer.concat([head(2, v.length), v])
  if (Array.isArray(v)) return Buffer.concat([head(4, v.length), ...v.map(cbor)])
  const pairs = [...v].map(([k, x]) => [cbor(k), cbor(x)]).sort((a, b) => Buffer.compare(a[0], b[0]))
  return Buffer.concat([head(5, pairs.length), ...pairs.flat()])
}

// uncbor reads one value and gives it with what follows.
function uncbor (b) {
  const major = b[0] >> 5, low = b[0] & 31
  if (major === 7) return [b[0] === 0xf5, b.subarray(1)]
  let n = low, rest = b.subarray(1)
  if (low >= 24) {
    const size = 1 << (low - 24)
    n = size === 8 ? Number(rest.readBigUInt64BE()) : rest.readUIntBE(0, size)
    rest = rest.subarray(size)
  }
  if (major === 0) return [n, rest]
  if (major === 1) return [-1 - n, rest]
  if (major === 2) return [rest.subarray(0, n), rest.subarray(n)]
  if (major === 3) return [rest.subarray(0, n).toString('utf8'), rest.subarray(n)]
  const items = []
  for (let i = 0; i < (major === 4 ? n : 2 * n); i++) {
    let item
    [item, rest] = uncbor(rest)
    items.push(item)
  }
  if (major === 4) return [items, rest]
  const map = new Map()
  for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1])
  return [map, rest]
}

// mapOf writes fields under their keys; what is optional and not there is left out.
function mapOf (fields, keys) {
  const map = new Map()
  for (const [name, [key, form]] of Object.entries(keys)) {
    if (fields[name] === undefined) continue
    map.set(key, form ? form(fields[name]) : fields[name])
  }
  for (const name of Object.keys(fields)) if (!keys[name]) throw new Error(`an op has no ${name}`)
  return map
}

const ref = r => mapOf(r, { device: [1, hex], epoch: [2], seq: [3] })
const walkIn = w => mapOf(w, { id_number: [1], name: [2], birth: [3], slot: [4, hex], dose: [5] })
const contact = p => mapOf(p, { id_number: [1], name: [2], birth: [3], mobile: [4], landline: [5] })
const op = o => cbor(mapOf(o, {
  seq: [1], kind: [2], booking: [3, hex], at: [4], wall: [5], monotonic: [6], boot: [7, hex], base: [8], staff: [9],
  ticket: [10], lot: [11], reason: [12], voids: [13, ref], walk_in: [14, walkIn], to: [15, hex], contact: [16, contact]
}))

const number = (n, size) => { const b = Buffer.alloc(size); size === 8 ? b.writeBigUInt64BE(BigInt(n)) : b.writeUInt32BE(n); return b }

// signingBytes is what the signature of a push covers (section 4).
const signingBytes = (device, epoch, first, last, before, after) =>
  Buffer.concat([Buffer.from('ezhitong push 1\0'), device, number(epoch, 4), number(first, 8), number(last, 8), before, after])

const id = text => hex(text.replaceAll('-', ''))
const zeros = Buffer.alloc(32)

function ops (v) {
  let link = zeros
  for (const e of v.events) {
    const bytes = op(e.op)
    same(`the CBOR of an event of kind ${e.op.kind}`, bytes, e.cbor)
    link = sha256(link, bytes)
    same(`the hash of an event of kind ${e.op.kind}`, link, e.hash)
  }
  pushed(v, v.events.length, link)
  same('a push of them all', cbor(uncbor(hex(v.push.cbor))[0]), v.push.cbor)
}

function pushed (v, count, link) {
  const signed = signingBytes(id(v.device), v.epoch, 1, count, zeros, link), key = privateKey(hex(v.ed25519_seed))
  same('what is signed', signed, v.signing_bytes)
  same('the signature', c.sign(null, signed, key), v.signature)
  if (!c.verify(null, signed, publicKey(hex(v.ed25519_public)), hex(v.signature))) throw new Error('the signature does not verify')
}

function chain (v) {
  let link = zeros
  v.ops.forEach((raw, i) => {
    link = sha256(link, hex(raw))
    same('a hash', link, v.hashes[i])
    same('an op that was read and written', cbor(uncbor(hex(raw))[0]), raw)
  })
  pushed(v, v.ops.length, link)
}

// messages reads bodies and writes them.
const messages = list => { for (const m of list) same(`what was read of ${m.name}`, cbor(uncbor(hex(m.cbor))[0]), m.cbor) }

function lan (v) {
  messages(v.messages)
  const passed = uncbor(hex(v.messages.find(m => m.name === 'passed').cbor))[0].get(1)[0]
  const [first] = passed.get(4), link = sha256(passed.get(3), cbor(first))
  same('the link of an event that was passed on', link, v.link)
  const signed = signingBytes(passed.get(1), passed.get(2), first.get(1), first.get(1), passed.get(3), link)
  same('what its device signed', signed, v.signing_bytes)
  if (!c.verify(null, signed, publicKey(hex(v.ed25519_public)), passed.get(5))) throw new Error('its signature does not verify')
  checkpoint(v)
}

// checkpoint holds rows against what central signed of them.
function checkpoint (v) {
  const found = name => uncbor(hex(v.messages.find(m => m.name === name).cbor))[0]
  const point = found('offer').get(1), rows = found('rows').get(1)
  const sums = rows.map(r => sha256(cbor(r)).subarray(0, 16)).sort(Buffer.compare)
  same('the root of rows', sha256(Buffer.from('ezhitong rows 1\0'), ...sums), v.root_of_rows)
  same('the root in a checkpoint', point.get(5)[1].get(2), v.root_of_rows)
  const signed = Buffer.concat([Buffer.from('ezhitong checkpoint 1\0'), cbor(new Map(point).set(7, []))])
  same('what central signs in a checkpoint', signed, v.checkpoint_signing_bytes)
  if (!c.verify(null, signed, publicKey(hex(v.central_ed25519_public)), point.get(7)[0])) throw new Error('a checkpoint does not verify')
}

function receipt (v) {
  const file = hex(v.receipt), mark = Buffer.from('ezhitong receipt 1\n')
  same('the mark of a receipt', file.subarray(0, mark.length), mark.toString('hex'))
  const [r, rest] = uncbor(file.subarray(mark.length))
  if (rest.length) throw new Error('a receipt goes on')
  same('the CBOR of a receipt', cbor(r), v.cbor)
  same('the id of the keys', sha256(hex(v.keys)).subarray(0, 16), r.get(1).toString('hex'))
  const signature = r.get(7)
  const signed = Buffer.concat([Buffer.from('ezhitong receipt 1\0'), cbor(new Map(r).set(7, Buffer.alloc(0)))])
  same('what a receipt signs', signed, v.signed)
  same('the signature of a receipt', c.sign(null, signed, privateKey(hex(v.ed25519_seed))), signature.toString('hex'))
  if (!c.verify(null, signed, publicKey(uncbor(hex(v.keys))[0].get(3)), signature)) throw new Error('a receipt does not verify')
}

// Damm's check digit: the quasigroup of his thesis, row by row.
const quasigroup = '0317598642709215486342068713591750983426612304597836742095815869720134894536201794386172052581436790'
const damm = digits => { let check = 0; for (const d of digits) check = Number(quasigroup[10 * check + Number(d)]); return check }
const checked = (n, digits) => { const text = String(n).padStart(digits, '0'); return text + damm(text) }

// reset answers the challenges of devices whose managers have forgotten their PIN.
function reset (codes) {
  for (const v of codes) {
    const mac = c.createHmac('sha256', hex(v.psk)).update('ezhitong reset 1\0').update(id(v.device)).update(v.challenge).digest()
    const text = digits => Buffer.from(digits).toString('hex')
    same('a challenge', Buffer.from(checked(v.challenge.slice(0, -1), 7)), text(v.challenge))
    same('the code of a challenge', Buffer.from(checked(mac.readBigUInt64BE() % 1000000000n, 9)), text(v.code))
  }
}

try {
  for (const [name, check] of Object.entries({ ops, messages, appointment: messages, standby: messages, stock: messages, chain, lan, receipt, reset })) {
    try { check(JSON.parse(fs.readFileSync(`${process.argv[2]}/${name}.json`))) } catch (e) { throw new Error(`${name}.json: ${e.message}`) }
  }
  console.log(`${made} values made again`)
} catch (e) {
  console.log(e.message)
  process.exitCode = 1
}
