import { build } from '../../src/app.ts'
import { startTracing } from '../../src/process/tracing.ts'
import { testConfig } from './app.ts'

// A process that starts the service, with traces if the first argument is an endpoint, and reports the result.
const [endpoint] = process.argv.slice(2)
const config = testConfig(endpoint ? { otelExporterOtlpEndpoint: endpoint } : {})
try {
  const tracing = await startTracing(config)
  const app = await build({ config })
  await app.close()
  process.stdout.write(tracing ? 'with traces' : 'without traces')
} catch (error) {
  process.stdout.write(String(error))
}
