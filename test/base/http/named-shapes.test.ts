import t from 'tap'
import { nameShapes } from '../../../src/base/http/named-shapes.ts'

const shape = (title: string, properties: object = {}) => ({ title, type: 'object', properties })
const answer = (schema: object) => ({ 200: { content: { 'application/json': { schema } } } })

t.test('Every object with a title becomes a component of that name, nested ones first', async t => {
  const document = {
    openapi: '3.1.0',
    components: {
      securitySchemes: { client: { type: 'http' } },
      schemas: { User: shape('User', { home: shape('Home') }) }
    },
    paths: {
      '/a': { get: { responses: answer(shape('Things', { items: { type: 'array', items: shape('Thing') } })) } },
      '/b': { get: { responses: answer({ anyOf: [shape('Thing'), { type: 'null' }] }) } }
    }
  }
  t.strictSame(nameShapes(document), {
    openapi: '3.1.0',
    components: {
      securitySchemes: { client: { type: 'http' } },
      schemas: {
        Home: shape('Home'),
        User: shape('User', { home: { $ref: '#/components/schemas/Home' } }),
        Thing: shape('Thing'),
        Things: shape('Things', { items: { type: 'array', items: { $ref: '#/components/schemas/Thing' } } })
      }
    },
    paths: {
      '/a': { get: { responses: answer({ $ref: '#/components/schemas/Things' }) } },
      '/b': { get: { responses: answer({ anyOf: [{ $ref: '#/components/schemas/Thing' }, { type: 'null' }] }) } }
    }
  })
})

t.test('A schema that is not an object, has no title, or is an example stays in place', async t => {
  const properties = { title: { type: 'string' }, type: { type: 'string', title: 'Kind' }, nothing: null }
  const paths = {
    '/a': {
      get: { responses: answer({ type: 'object', properties, example: { title: 'Gone', type: 'about:blank' } }) }
    }
  }
  const document = { paths, components: { schemas: {} } }
  t.strictSame(nameShapes(document), document)
})

t.test('Two different objects cannot share a title', async t => {
  const paths = { '/a': answer(shape('Thing')), '/b': answer(shape('Thing', { id: { type: 'string' } })) }
  t.throws(() => nameShapes({ paths, components: { schemas: {} } }), {
    message: 'Two different shapes have the title Thing: rename one of them.'
  })
})
