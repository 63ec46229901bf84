// Prints what the suite in the folder given says of the tests that its command line runs: [{id, name, suite, kind, depends_on}].
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const load = async file => (await import(pathToFileURL(file))).default

const folder = join(process.argv[2], 'tests')
const suites = [...await load(join(folder, 'index.mjs'))]
// The npm release adds these in its command line.
const surrogate = join(folder, 'surrogate-control.mjs')
if (existsSync(surrogate)) suites.push(await load(surrogate))

const tests = suites.flatMap(suite => suite.tests.filter(test => !test.browser_only).map(test => ({
  id: test.id,
  name: test.name,
  suite: suite.id,
  kind: test.kind ?? 'required',
  depends_on: test.depends_on ?? []
})))
console.log(JSON.stringify(tests))
