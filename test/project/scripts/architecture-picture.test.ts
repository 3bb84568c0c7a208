import t from 'tap'
import { renderArchitecture } from '../../../scripts/architecture-picture.ts'

const render = (imports: Record<string, string[]>) => () => renderArchitecture(new Map(Object.entries(imports)))

t.test('The picture refuses an import of a floor that is not below, and a file that is in no room', async t => {
  const [base, wire] = ['src/base/errors.ts', 'src/wire/scope-token.ts']
  t.throws(render({ [base]: [wire], [wire]: [] }), { message: /^src\/base\/errors.ts \(Base\) imports src\/wire/ })
  t.throws(render({ [wire]: ['src/elsewhere/x.ts'], 'src/elsewhere/x.ts': [] }), { message: /is in no room/ })
  t.throws(render({ [base]: [] }), { message: /names what does not exist: src\/cli.ts/ })
})
