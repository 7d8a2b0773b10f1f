/**
 * How a subject is kept from seeing what is not its own: `root` makes it a mount namespace, `user` the
 * same in a user namespace.
 */
export type View = 'root' | 'user'

/**
 * How a run keeps its subjects from doing harm.
 * - `user`: they run as a user that owns nothing. Only root can lend it.
 * - `docker`: each runs in a container of its own. The kit's tools run as `beneath` says.
 * - `none`: they have the rights of whoever runs the kit; `why` says so where that is root.
 */
export type Confinement =
  | {
      kind: 'user'
      /** Without one, subjects may read the checkout, references and graders included. */
      view?: View
      /** The topmost folder above the checkout that only root may enter. A view alone leads past it. */
      closed?: string
    }
  | { kind: 'none'; why?: string; view?: View }
  | {
      kind: 'docker'
      image: string
      beneath: OnThisMachine
      /** True when a container was tried and does what it must. */
      ready?: boolean
      /** Why containers cannot be had; then nothing can be run. */
      missing?: string
      /** The kit's Node, where it runs in the image; otherwise the image's own does. */
      node?: string
      /** The engine belongs to the user: root in a container is that user. */
      rootless?: boolean
    }

/** What holds for programs that do not run in a container. */
export type OnThisMachine = Exclude<Confinement, { kind: 'docker' }>
