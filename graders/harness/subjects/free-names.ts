/** A node of the syntax tree, with the fields that its type has. */
type Node = { type: string; [field: string]: any }

/**
 * Says whether a function uses a name that it does not declare itself: a global, or something from
 * around it.
 * @param source the function as `toString` gives it: JavaScript, an arrow or a function expression
 */
export async function isFreeIn(source: string, name: string): Promise<boolean> {
  // Loaded where it is used, for it takes a while and is hardly ever needed.
  const { parseAst } = await import('vitest/node')
  return uses(parseAst(`(${source})`) as Node, name)
}

function uses(node: Node, name: string): boolean {
  if (node.type === 'Identifier') return node.name === name
  if (scopeDeclares(node, name)) return false
  return childrenOf(node).some(([field, child]) => !isMereLabel(node, field) && uses(child, name))
}

function childrenOf(node: Node): [field: string, child: Node][] {
  return Object.entries(node).flatMap(([field, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((child) => typeof child?.type === 'string')
      .map((child): [string, Node] => [field, child]),
  )
}

/** True for names that stand for no variable: of properties, methods and labels. */
function isMereLabel({ type, computed }: Node, field: string): boolean {
  if (type === 'MemberExpression') return field === 'property' && !computed
  if (/^(Property|PropertyDefinition|MethodDefinition)$/.test(type)) {
    return field === 'key' && !computed
  }
  return field === 'label' || type === 'MetaProperty'
}

/** True where this node opens a scope that declares the name for all that is in it. */
function scopeDeclares(node: Node, name: string): boolean {
  if (/Function|^Class/.test(node.type)) {
    const params: Node[] = node.params ?? []
    return (
      node.id?.name === name || params.some((one) => binds(one, name)) || hasVar(node.body, name)
    )
  }
  if (node.type === 'CatchClause') return node.param !== null && binds(node.param, name)
  const statements: Node[] =
    node.type === 'BlockStatement'
      ? node.body
      : node.type === 'SwitchStatement'
        ? node.cases.flatMap((one: Node) => one.consequent)
        : /^For/.test(node.type)
          ? [node.init ?? node.left].filter(Boolean)
          : []
  return statements.some((one) => declares(one, name))
}

function declares(statement: Node, name: string): boolean {
  if (statement.type === 'VariableDeclaration') {
    return statement.declarations.some((one: Node) => binds(one.id, name))
  }
  return /^(Function|Class)Declaration$/.test(statement.type) && statement.id?.name === name
}

/** True where a function's body declares the name by `var`, at whatever depth. */
function hasVar(node: Node, name: string): boolean {
  if (/Function|^Class/.test(node.type)) return false
  if (node.type === 'VariableDeclaration' && node.kind === 'var' && declares(node, name)) {
    return true
  }
  return childrenOf(node).some(([, child]) => hasVar(child, name))
}

/** True where a parameter or a pattern binds the name; its defaults do not. */
function binds(pattern: Node | null, name: string): boolean {
  switch (pattern?.type) {
    case 'Identifier':
      return pattern.name === name
    case 'AssignmentPattern':
      return binds(pattern.left, name)
    case 'RestElement':
      return binds(pattern.argument, name)
    case 'ArrayPattern':
      return pattern.elements.some((one: Node | null) => binds(one, name))
    case 'ObjectPattern':
      return pattern.properties.some((one: Node) => binds(one.value ?? one, name))
    default:
      return false
  }
}
