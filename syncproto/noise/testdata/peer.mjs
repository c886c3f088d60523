// Both sides of syncproto/noise on nothing but node:crypto: a second
// implementation to check the Go one against. It reads one command a line, a
// JSON object whose bytes are hexadecimal strings, and answers each with a line:
//
//   {op: 'dial', device_private, server_public, psk, ephemeral?}  → {message1}
//   {op: 'finish', message2}                                      → {binding}
//   {op: 'accept', server_private, psk, message1, ephemeral?}     → {message2, peer, binding}
//   {op: 'rekey'}                                                 → {}
//   {op: 'seal', plain}                                           → {sealed}
//   {op: 'open', sealed}                                          → {plain}
//
// What goes wrong is answered with {error}.
import c from 'node:crypto'
import readline from 'node:readline'

const none = Buffer.alloc(0)
const pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex'), spki = Buffer.from('302a300506032b656e032100', 'hex')
const privateKey = k => c.createPrivateKey({ key: Buffer.concat([pkcs8, k]), format: 'der', type: 'pkcs8' })
const publicKey = k => c.createPublicKey({ key: Buffer.concat([spki, k]), format: 'der', type: 'spki' })
const rawPublic = k => c.createPublicKey(k).export({ format: 'der', type: 'spki' }).subarray(12)
const dh = (a, b) => c.diffieHellman({ privateKey: a, publicKey: publicKey(b) })
const hash = (...parts) => { const h = c.createHash('blake2s256'); parts.forEach(p => h.update(p)); return h.digest() }
const hmac = (k, ...parts) => c.createHmac('blake2s256', k).update(Buffer.concat(parts)).digest()

function hkdf (key, input, n) {
  const temp = hmac(key, input), out = [hmac(temp, Buffer.from([1]))]
  for (let i = 2; i <= n; i++) out.push(hmac(temp, out[i - 2], Buffer.from([i])))
  return out
}

const nonce = n => { const b = Buffer.alloc(12); b.writeBigUInt64LE(BigInt(n), 4); return b }

function encrypt (k, n, ad, plain) {
  const x = c.createCipheriv('chacha20-poly1305', k, nonce(n), { authTagLength: 16 })
  x.setAAD(ad, { plaintextLength: plain.length })
  return Buffer.concat([x.update(plain), x.final(), x.getAuthTag()])
}

function decrypt (k, n, ad, sealed) {
  if (sealed.length < 16) throw new Error('too short')
  const x = c.createDecipheriv('chacha20-poly1305', k, nonce(n), { authTagLength: 16 })
  x.setAAD(ad, { plaintextLength: sealed.length - 16 })
  x.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([x.update(sealed.subarray(0, -16)), x.final()])
}

// Symmetric is the SymmetricState of Noise, section 5.2.
class Symmetric {
  constructor (server) {
    this.ck = this.h = hash('Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s')
    const id = c.createHash('sha256').update(server).digest().subarray(0, 8)
    this.mixHash(Buffer.concat([Buffer.from('ezhitong-sync'), Buffer.from([1]), id]))
    this.mixHash(server)
  }

  mixHash (d) { this.h = hash(this.h, d) }
  mixKey (d) { [this.ck, this.k] = hkdf(this.ck, d, 2); this.n = 0 }
  mixKeyAndHash (d) { let t; [this.ck, t, this.k] = hkdf(this.ck, d, 3); this.mixHash(t); this.n = 0 }
  mixPublic (e) { this.mixHash(e); this.mixKey(e) } // e, in a handshake with a psk
  seal (plain) { const x = encrypt(this.k, this.n++, this.h, plain); this.mixHash(x); return x }
  open (sealed) { const p = decrypt(this.k, this.n++, this.h, sealed); this.mixHash(sealed); return p }
  empty (sealed) { if (this.open(sealed).length !== 0) throw new Error('a payload that should be empty') }
  split () { return hkdf(this.ck, none, 2) }
}

// Way is one direction of a channel; SPEC.md section 5.
const chunk = 65519
class Way {
  constructor (k) { this.k = k; this.n = 0; this.head = 0 }
  rekey () { this.k = encrypt(this.k, 0xffffffffffffffffn, none, Buffer.alloc(32)).subarray(0, 32) }

  seal (plain) {
    const out = [Buffer.from([this.head])]
    for (let at = 0; at === 0 || at < plain.length; at += chunk) {
      const body = encrypt(this.k, this.n++, Buffer.from([this.head, at + chunk >= plain.length ? 1 : 0]), plain.subarray(at, at + chunk))
      const length = Buffer.alloc(2)
      length.writeUInt16BE(body.length)
      out.push(length, body)
    }
    this.head = 0
    return Buffer.concat(out)
  }

  open (sealed) {
    const way = Object.assign(new Way(), this), out = [] // a bad message leaves key and counter alone
    if (sealed.length < 1 || sealed[0] > 1) throw new Error('no such head')
    if (sealed[0] === 1) way.rekey()
    for (let at = 1; at === 1 || at < sealed.length;) {
      const end = at + 2 + sealed.readUInt16BE(at), last = end === sealed.length
      if (end > sealed.length || (!last && end - at - 2 !== chunk + 16)) throw new Error('cut')
      out.push(decrypt(way.k, way.n++, Buffer.from([sealed[0], last ? 1 : 0]), sealed.subarray(at + 2, end)))
      at = end
    }
    Object.assign(this, way)
    return Buffer.concat(out)
  }
}

let handshake, sending, receiving
const ops = {
  dial (v) {
    const y = new Symmetric(v.server_public), s = privateKey(v.device_private), e = privateKey(v.ephemeral ?? c.randomBytes(32))
    y.mixPublic(rawPublic(e))
    y.mixKey(dh(e, v.server_public))
    const sealedStatic = y.seal(rawPublic(s))
    y.mixKey(dh(s, v.server_public))
    handshake = { y, s, e, psk: v.psk }
    return { message1: Buffer.concat([rawPublic(e), sealedStatic, y.seal(none)]) }
  },
  finish (v) {
    const { y, s, e, psk } = handshake, re = v.message2.subarray(0, 32)
    y.mixPublic(re)
    y.mixKey(dh(e, re))
    y.mixKey(dh(s, re))
    y.mixKeyAndHash(psk)
    y.empty(v.message2.subarray(32))
    ;[sending, receiving] = y.split().map(k => new Way(k))
    return { binding: y.h }
  },
  accept (v) {
    const s = privateKey(v.server_private), e = privateKey(v.ephemeral ?? c.randomBytes(32)), y = new Symmetric(rawPublic(s))
    const re = v.message1.subarray(0, 32)
    y.mixPublic(re)
    y.mixKey(dh(s, re))
    const peer = y.open(v.message1.subarray(32, 80))
    y.mixKey(dh(s, peer))
    y.empty(v.message1.subarray(80))
    y.mixPublic(rawPublic(e))
    y.mixKey(dh(e, re))
    y.mixKey(dh(e, peer))
    y.mixKeyAndHash(v.psk)
    const message2 = Buffer.concat([rawPublic(e), y.seal(none)])
    ;[receiving, sending] = y.split().map(k => new Way(k))
    return { message2, peer, binding: y.h }
  },
  rekey () { sending.rekey(); sending.head = 1; return {} },
  seal: v => ({ sealed: sending.seal(v.plain) }),
  open: v => ({ plain: receiving.open(v.sealed) })
}

const bytes = o => Object.fromEntries(Object.entries(o).map(([k, x]) => [k, k === 'op' ? x : Buffer.from(x, 'hex')]))
const text = o => JSON.stringify(Object.fromEntries(Object.entries(o).map(([k, x]) => [k, x.toString('hex')])))
readline.createInterface({ input: process.stdin }).on('line', line => {
  try {
    const v = bytes(JSON.parse(line))
    console.log(text(ops[v.op](v)))
  } catch (err) {
    console.log(JSON.stringify({ error: String(err.message) }))
  }
})
