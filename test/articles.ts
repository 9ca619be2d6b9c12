/** Finds indefinite articles that do not fit the word after them. */

/** Words whose first letter and first sound need different articles: "a unit", "an MNIST file", "an `mse` loss". */
const SOUNDS_LIKE_A_CONSONANT = /^(?:uni|us[eiu]|one\b|one_|eu)/i;
const SOUNDS_LIKE_A_VOWEL = /^(?:MNIST|NN|S-|LSP|hour|honest|mse\b|mae\b|rmse\b|r2\b|f1\b|l1\b|l2\b)/;

/** Returns each wrong article with the word after it. */
export function wrongArticles(text: string): string[] {
  return [...text.matchAll(/\b([Aa]n?) [`"(]?([\p{L}\d][\p{L}\d_-]*)/gu)].flatMap(([whole, article = "", word = ""]) => {
    const startsWithVowel = SOUNDS_LIKE_A_VOWEL.test(word) || (/^[aeiou]/i.test(word) && !SOUNDS_LIKE_A_CONSONANT.test(word));
    return (article.toLowerCase() === "an") === startsWithVowel ? [] : [whole];
  });
}
