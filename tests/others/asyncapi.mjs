// Reads an AsyncAPI document and prints its operations; what the parser finds wrong goes to stderr, and fails.
import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'

const { document, diagnostics } = await new Parser().parse(readFileSync(0, 'utf8'))
// Its advice to take the newest version of the specification is none about ours.
const wrong = diagnostics.filter((each) => each.code !== 'asyncapi-latest-version')
for (const each of wrong) console.error(each.severity, each.code, each.message, each.path.join('/'))
if (!document || wrong.length) process.exit(1)
console.log(document.operations().all().map((each) => each.id()).sort().join(' '))
