import type { Test } from 'tap'

/** An element or a text, in the parts that React needs to render texts. */
class FakeNode {
  childNodes: FakeNode[] = []
  attributes: [] = []
  parentNode: FakeNode | null = null
  namespaceURI = 'http://www.w3.org/1999/xhtml'
  style = {}
  readonly tagName: string
  readonly nodeName: string
  readonly nodeType: number
  readonly ownerDocument: object
  nodeValue: string

  constructor(nodeType: number, name: string, ownerDocument: object, nodeValue = '') {
    this.nodeType = nodeType
    this.tagName = name
    this.nodeName = name
    this.ownerDocument = ownerDocument
    this.nodeValue = nodeValue
  }
  addEventListener() {}
  setAttribute() {}
  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null
  }
  get nextSibling(): FakeNode | null {
    const { childNodes } = this.parentNode as FakeNode
    return childNodes[childNodes.indexOf(this) + 1] ?? null
  }
  appendChild(node: FakeNode) {
    return this.insertBefore(node, null)
  }
  insertBefore(node: FakeNode, before: FakeNode | null) {
    node.parentNode?.removeChild(node)
    node.parentNode = this
    this.childNodes.splice(before ? this.childNodes.indexOf(before) : this.childNodes.length, 0, node)
    return node
  }
  removeChild(node: FakeNode) {
    this.childNodes = this.childNodes.filter(child => child !== node)
    node.parentNode = null
    return node
  }
  get textContent(): string {
    return this.nodeValue + this.childNodes.map(child => child.textContent).join('')
  }
  set textContent(text: string) {
    this.childNodes = text ? [new FakeNode(3, '#text', this.ownerDocument, text)] : []
  }
}

/** A document without a browser, in the parts that React needs to render texts, during the test: creates an element. */
export function installFakeDom(t: Test): (name?: string) => FakeNode {
  const document = {
    nodeType: 9,
    addEventListener() {},
    createElement: (name: string): FakeNode => new FakeNode(1, name, document),
    createTextNode: (text: string): FakeNode => new FakeNode(3, '#text', document, text)
  }
  // In a frame, React does not recommend its tools.
  const world = { HTMLIFrameElement: class {}, document, event: undefined, top: {} }
  Object.assign(document, { defaultView: world })
  t.intercept(globalThis as { document?: unknown }, 'document', { value: document })
  t.intercept(globalThis as { window?: unknown }, 'window', { value: world })
  return (name = 'main') => document.createElement(name)
}
