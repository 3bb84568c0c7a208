import { Link } from 'wouter-preact'
import { api, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { List } from '../../ui/list.tsx'
import { usePages } from '../../ui/loading.tsx'
import { Badge, Page, Table } from '../../ui/page.tsx'
import { can } from '../../who.ts'
import { grantName } from './fields.tsx'
import { ClientState } from './state.tsx'

const t = texts.clients

/** The registered clients. */
export function ClientList() {
  const pages = usePages(cursor => ok(api.GET('/clients', { params: { query: cursor ? { cursor } : {} } })))
  const register = can('clients:write') && (
    <Link href="/new" class="button main">
      {t.register}
    </Link>
  )
  return (
    <Page title={t.title} actions={register}>
      <List pages={pages} empty={t.empty}>
        {clients => (
          <Table label={t.title} columns={[t.name, t.clientId, t.type, t.grants, t.state]}>
            {clients.map(client => (
              <tr key={client.client_id}>
                <td>
                  <Link href={`/${client.client_id}`}>{client.name}</Link>
                </td>
                <td>
                  <code>{client.client_id}</code>
                </td>
                <td>
                  <Badge>{t.types[client.type].label}</Badge>
                </td>
                <td>{client.grants.map(grantName).join(', ')}</td>
                <td>
                  <ClientState client={client} />
                </td>
              </tr>
            ))}
          </Table>
        )}
      </List>
    </Page>
  )
}
