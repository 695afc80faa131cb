// Who answers for a release: `author` of package.json, which Debian's packages have to name.

/** What stands there until somebody does. */
const NOBODY = /@(?:[\w-]+\.)*example(?:\.\w+)?>$/;

/** `tags`: of the commit. Throws where it is to be published, by a tag of its version, and nobody answers for it. */
export function maintainerOf(author: unknown, version: string, tags: readonly string[]): string {
  if (typeof author !== "string" || !/^[^<>]+ <[^<>@\s]+@[^<>@\s]+>$/.test(author))
    throw new Error(`author of package.json is not like "Ann <ann@example.org>": ${JSON.stringify(author)}`);
  if (NOBODY.test(author) && tags.includes(`v${version}`))
    throw new Error(
      `This commit is v${version}, and author of package.json is a placeholder: ${author}. Say who answers for it: npm pkg set author="NAME <ADDRESS>"`,
    );
  return author;
}
