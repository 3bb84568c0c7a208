import { makeAlice, type PageRow, serveCommand } from '../../support/page.ts'

/** The id and the secret of the webhook of the page. */
const webhook = (member: string) => `$(node -p 'require("./webhook.json").${member}')`
const create = "npx sallyport webhooks create https://crm.example.com/events --events 'user.*,login.failed'"
const receiver = 'http://127.0.0.1:4000/events'

export const pages: PageRow[] = [
  {
    path: 'docs/webhooks.md',
    needs: ['fastapi', 'uvicorn'],
    before: `
python3() { /usr/bin/python3 "$@"; }
export PYTHONDONTWRITEBYTECODE=1 INSECURE=allow
${serveCommand}`,
    standIns: {
      [create]: `${create.replace('https://crm.example.com/events', receiver)} --json | tee webhook.json${makeAlice}`,
      'test ID': `test ${webhook('id')}
until grep -q webhook.tested events.ndjson; do sleep 0.1; done`,
      'update ID --continue': `update ${webhook('id')} --continue`,
      'replay ID': `replay ${webhook('id')}`,
      'whsec_…': webhook('secret'),
      'pip install fastapi uvicorn': ':'
    },
    prints: [
      /"secret": ?"whsec_/,
      /^id +wh_/,
      /^$/,
      /^go: creating|^$/,
      /http:\/\/127\.0\.0\.1:4000\/events[\s\S]*\nstate +active/,
      /^id +wh_/,
      /"type":"webhook\.created"[\s\S]*"type":"user\.created".*"next_cursor":"\d+-\d+-\w{12}"\}$/,
      /received event\(s\) are those of the audit trail/
    ]
  }
]
