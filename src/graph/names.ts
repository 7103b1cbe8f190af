/** Something with a name that may change until the graph is built. */
export interface Named {
  name: string;
}

/** A name that was asked for by two. */
export class NameTaken extends Error {
  override readonly name = "NameTaken";
}

/** Unique names: those asked for exactly, and generated ones, which give way to them. */
export class Names {
  readonly #owners = new Map<string, Named>();
  readonly #generated = new Set<Named>();
  readonly #lastNumber = new Map<string, number>();

  /** Names the thing exactly so, renaming what bears the name by generation only. Throws `NameTaken`. */
  claim(name: string, owner: Named): void {
    const current = this.#owners.get(name);
    if (current !== undefined && current !== owner) this.#evict(name, current);
    this.#release(owner);
    this.#generated.delete(owner);
    this.#assign(name, owner);
  }

  /** Names the thing so, or with the next free number: "rope", "rope.2", "rope.3". */
  generate(base: string, owner: Named): void {
    this.#release(owner);
    this.#generated.add(owner);
    this.#assign(this.#free(base), owner);
  }

  #evict(name: string, owner: Named): void {
    if (!this.#generated.has(owner)) throw new NameTaken(`${name} is already the name of another value`);
    this.#assign(this.#free(name), owner);
  }

  #release(owner: Named): void {
    if (this.#owners.get(owner.name) === owner) this.#owners.delete(owner.name);
  }

  #assign(name: string, owner: Named): void {
    owner.name = name;
    this.#owners.set(name, owner);
  }

  #free(base: string): string {
    if (!this.#owners.has(base)) return base;
    let number = this.#lastNumber.get(base) ?? 1;
    do number++;
    while (this.#owners.has(`${base}.${number}`));
    this.#lastNumber.set(base, number);
    return `${base}.${number}`;
  }
}
