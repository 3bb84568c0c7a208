import ts from 'typescript'

/**
 * What a program that uses the exports of the module `old` would miss in the module `current`, in sentences. A value
 * has to be usable as the old one was. A type has to keep its members, and to be assignable in one direction: the
 * functions that take or return it decide which.
 */
export function brokenExports(program: ts.Program, old: string, current: string): string[] {
  const checker = program.getTypeChecker()
  const exportsOf = (file: string) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol
    return new Map(checker.getExportsOfModule(module).map(symbol => [symbol.name, resolved(symbol)]))
  }
  const resolved = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

  const now = exportsOf(current)
  return [...exportsOf(old)].flatMap(([name, was]) => {
    const is = now.get(name)
    if (!is) return [`${name} is gone.`]
    const sentences: string[] = []
    if (was.flags & ts.SymbolFlags.Value) {
      if (!(is.flags & ts.SymbolFlags.Value)) return [`${name} is only a type.`]
      const [before, after] = [checker.getTypeOfSymbol(was), checker.getTypeOfSymbol(is)]
      if (!checker.isTypeAssignableTo(after, before)) sentences.push(`${name} cannot be used as before.`)
    }
    if (was.flags & ts.SymbolFlags.Type) {
      const [before, after] = [checker.getDeclaredTypeOfSymbol(was), checker.getDeclaredTypeOfSymbol(is)]
      for (const { name: member } of checker.getPropertiesOfType(before)) {
        // TypeScript numbers symbols for each use.
        const isNamed = !member.startsWith('__@')
        if (isNamed && !checker.getPropertyOfType(after, member)) sentences.push(`${name} has no ${member}.`)
      }
      if (!checker.isTypeAssignableTo(after, before) && !checker.isTypeAssignableTo(before, after))
        sentences.push(`${name} is another type.`)
    }
    return sentences
  })
}
