import { createRequire } from 'node:module'

// The driver of the server itself: src/store/engine/sqlite-driver.ts says which Node.js needs which version.
const driver = Number.parseInt(process.versions.node, 10) >= 22 ? 'better-sqlite3' : 'better-sqlite3-12'
export default createRequire(import.meta.url)(driver)
