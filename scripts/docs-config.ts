// `npm run docs:config`: writes docs/configuration.md anew.
import { writeFileSync } from 'node:fs'
import { formatConfiguration } from './docs/configuration-document.ts'

writeFileSync(new URL('../docs/configuration.md', import.meta.url), formatConfiguration())
