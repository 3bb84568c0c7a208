import t from 'tap'
import { wordsOf } from '../../console/src/plot/times.ts'
import * as texts from '../../console/src/texts/de.ts'

const at = Date.parse('2026-01-31T12:00:00Z')
const bar = (all: number, days = 0) => ({ at: at - days * 86_400_000, failed: all, succeeded: 0, other: 0, all })
const words = (...bars: Parameters<typeof wordsOf>[0]) => wordsOf(bars, 'day')

t.test('The plot in words, with no event, one and many', async t => {
  t.equal(words(), 'Nothing happened in this time.')
  t.match(words(bar(1)), /^1 event: 1 failed or refused, 0 logins and refreshes, 0 others. Time: .*31.*\.$/)
  t.match(words(bar(3)), /^3 events: 3 failed .* Time: .*31.*\.$/)
  t.equal(words(bar(1), bar(1, 1)), '2 events: 2 failed or refused, 0 logins and refreshes, 0 others.')
  t.match(words(bar(1, 1), bar(2)), /^3 events: .* The highest number: 2 \(.*31.*\)\.$/)
  t.equal(texts.audit.plot.at('31. Januar'), 'Zeit: 31. Januar.')
})
