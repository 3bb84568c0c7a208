import { assumed } from './assumptions.ts'
import { createDatabase, type World } from './database.ts'
import { createNode, type LoginEnd, type Node } from './node.ts'
import { createSeals } from './seals.ts'
import type { Size } from './size.ts'

/** From this number of accounts on, the tables do not fit into memory, and changes rarely meet on a page. */
const largeFrom = 10_000_000

/** A deployment of this size, with a proxy that gives requests to its nodes in turn. */
export function createSystem(world: World, { accounts, nodes, hashCores, databaseCores }: Size) {
  const isLarge = accounts >= largeFrom
  const database = createDatabase(world, databaseCores, isLarge ? assumed('diskReads') : 0)
  const all = Array.from({ length: nodes }, () => createNode(world, database, { hashCores, isLarge }))
  const seals = createSeals(world.clock, all[0] as Node)
  let turn = 0
  const next = () => all[turn++ % nodes] as Node
  const inside = { arrived: 0, ended: 0 }

  /** Counts a request from here to its end. */
  const counted = <End extends unknown[]>(ended: (...end: End) => void) => {
    inside.arrived++
    return (...end: End) => {
      inside.ended++
      ended(...end)
    }
  }

  return {
    logIn(isRight: boolean, ended: (end: LoginEnd) => void) {
      const end = counted(ended)
      next().logIn(isRight, how => {
        if (how === 'done' || how === 'wrong') seals.add()
        end(how)
      })
    },
    refresh: (ended: () => void) => next().refresh(counted(ended)),
    read: (ended: () => void) => next().read(counted(ended)),

    /** Requests that arrived, and those of them that ended. */
    inside: () => ({ ...inside }),

    /** Totals until now; times are in seconds. */
    totals: () => ({
      hashed: sum(all.map(node => node.hashedSeconds())),
      looped: sum(all.map(node => node.loop.busySeconds())),
      pooled: sum(all.map(node => node.pool.busySeconds())),
      queried: database.cpu.busySeconds(),
      pagesRead: database.pagesRead(),
      mostUnsealed: seals.most(),
      log: database.log.total()
    })
  }
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
