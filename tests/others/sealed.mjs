// Reads and writes sealed fields with the OpenWallet Foundation's library of RFC 9901 alone.
// In: {"read": "<sd-jwt>", "jwk": {...}} or {"write": {...}, "frame": {...}}; out: what was read, or the sd-jwt.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SDJwtInstance } from '@sd-jwt/core'

const asked = JSON.parse(readFileSync(0, 'utf8'))
const shared = {
  hasher: (data, algorithm) => {
    if (algorithm !== 'sha-256') throw new Error(`another hash: ${algorithm}`)
    return createHash('sha256').update(typeof data === 'string' ? data : Buffer.from(data)).digest()
  },
  saltGenerator: () => randomBytes(16).toString('base64url'),
  hashAlg: 'sha-256',
}

async function read(text, jwk) {
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const verifier = (data, signature) => verify(null, Buffer.from(data), key, Buffer.from(signature, 'base64url'))
  const reader = new SDJwtInstance({ ...shared, verifier })
  await reader.verify(text)
  return reader.getClaims(text)
}

async function write(claims, frame) {
  const { privateKey } = generateKeyPairSync('ed25519')
  const signer = (data) => sign(null, Buffer.from(data), createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }))).toString('base64url')
  const writer = new SDJwtInstance({ ...shared, signer, signAlg: 'EdDSA' })
  return writer.issue(claims, frame)
}

try {
  const answer = asked.read ? await read(asked.read, asked.jwk) : await write(asked.write, asked.frame)
  console.log(JSON.stringify({ answer }))
} catch (error) {
  console.log(JSON.stringify({ refused: String(error.message ?? error) }))
}
