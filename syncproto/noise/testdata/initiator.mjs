// A device's side of syncproto/noise on nothing but node:crypto, to check the
// Go one against. `node initiator.mjs` reads a JSON object of hexadecimal
// strings (device_private, device_ephemeral, server_public, psk, message2) and
// writes message1, binding, and the two keys.
import c from 'node:crypto'
const P8 = Buffer.from('302e020100300506032b656e04220420', 'hex'), SP = Buffer.from('302a300506032b656e032100', 'hex')
const priv = k => c.createPrivateKey({ key: Buffer.concat([P8, k]), format: 'der', type: 'pkcs8' })
const pub = k => c.createPublicKey({ key: Buffer.concat([SP, k]), format: 'der', type: 'spki' })
const raw = k => c.createPublicKey(k).export({ format: 'der', type: 'spki' }).subarray(12)
const dh = (a, b) => c.diffieHellman({ privateKey: a, publicKey: pub(b) })
const H = (...d) => { const h = c.createHash('blake2s256'); d.forEach(x => h.update(x)); return h.digest() }
const hmac = (k, ...d) => c.createHmac('blake2s256', k).update(Buffer.concat(d)).digest()
const hkdf = (ck, ikm, n) => { const t = hmac(ck, ikm), o = [hmac(t, Buffer.from([1]))]; for (let i = 2; i <= n; i++) o.push(hmac(t, o[i - 2], Buffer.from([i]))); return o }
const nonce = n => { const b = Buffer.alloc(12); b.writeBigUInt64LE(BigInt(n), 4); return b }
export const seal = (k, n, ad, p) => { const x = c.createCipheriv('chacha20-poly1305', k, nonce(n), { authTagLength: 16 }); x.setAAD(ad, { plaintextLength: p.length }); return Buffer.concat([x.update(p), x.final(), x.getAuthTag()]) }
const open = (k, n, ad, m) => { const x = c.createDecipheriv('chacha20-poly1305', k, nonce(n), { authTagLength: 16 }); x.setAAD(ad, { plaintextLength: m.length - 16 }); x.setAuthTag(m.subarray(-16)); return Buffer.concat([x.update(m.subarray(0, -16)), x.final()]) }
class Sym {
  constructor(name, prologue) { this.ck = this.h = H(name); this.mixHash(prologue) }
  mixHash(d) { this.h = H(this.h, d) }
  mixKey(d) { [this.ck, this.k] = hkdf(this.ck, d, 2); this.n = 0 }
  mixKeyAndHash(d) { let t; [this.ck, t, this.k] = hkdf(this.ck, d, 3); this.mixHash(t); this.n = 0 }
  enc(p) { const x = seal(this.k, this.n++, this.h, p); this.mixHash(x); return x }
  dec(m) { const p = open(this.k, this.n++, this.h, m); this.mixHash(m); return p }
}
const v = JSON.parse(await new Promise(ok => { let s = ''; process.stdin.on('data', d => { s += d }).on('end', () => ok(s)) }))
const hex = name => Buffer.from(v[name], 'hex')
const rs = hex('server_public'), e = priv(hex('device_ephemeral')), s = priv(hex('device_private'))
const prologue = Buffer.concat([Buffer.from('ezhitong-sync'), Buffer.from([1]), c.createHash('sha256').update(rs).digest().subarray(0, 8)])
const y = new Sym('Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s', prologue)
y.mixHash(rs)
y.mixHash(raw(e)); y.mixKey(raw(e)); y.mixKey(dh(e, rs))
const sealedStatic = y.enc(raw(s))
y.mixKey(dh(s, rs))
const message1 = Buffer.concat([raw(e), sealedStatic, y.enc(Buffer.alloc(0))])
const m2 = hex('message2'), re = m2.subarray(0, 32)
y.mixHash(re); y.mixKey(re); y.mixKey(dh(e, re)); y.mixKey(dh(s, re)); y.mixKeyAndHash(hex('psk'))
if (y.dec(m2.subarray(32)).length !== 0) throw new Error('message 2 carries something')
let [up, down] = hkdf(y.ck, Buffer.alloc(0), 2)
// Two messages up, the second under a new key; see the comment of channel.go.
const text = s => Buffer.from(s, 'utf8')
const frame = (head, body) => { const l = Buffer.alloc(2); l.writeUInt16BE(body.length); return Buffer.concat([Buffer.from([head]), l, body]) }
const sealed1 = frame(0, seal(up, 0, Buffer.from([0, 1]), text('A012 報到')))
up = seal(up, 0xffffffffffffffffn, Buffer.alloc(0), Buffer.alloc(32)).subarray(0, 32)
const sealed2 = frame(1, seal(up, 1, Buffer.from([1, 1]), text('再一次')))
const out = { message1, binding: y.h, sealed1, sealed2, down_key: down }
console.log(JSON.stringify(Object.fromEntries(Object.entries(out).map(([k, b]) => [k, b.toString('hex')]))))
