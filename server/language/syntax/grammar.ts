/**
 * The grammar. It contains no layer, loss or directive names, since they are in the catalog. Every line may end in "the rest of the line",
 * so that a mistake becomes a node on its own line and does not affect the next line. Chevrotain needs all rules in one class, so the file
 * is long.
 */
import { CstParser, EOF, type IToken, type TokenType } from "chevrotain";
import { blockAt } from "./blockStarts.ts";
import {
  Arrow,
  allTokens,
  Colon,
  Comma,
  Comparison,
  Data,
  Divide,
  DotDot,
  Equals,
  Expect,
  False,
  From,
  LeftBrace,
  LeftBracket,
  LeftParen,
  Let,
  MalformedNumber,
  Minus,
  Model,
  Name,
  Newline,
  Not,
  NumberToken,
  On,
  Output,
  Plus,
  Repeat,
  RightBrace,
  RightBracket,
  RightParen,
  Shape,
  Text,
  Times,
  Train,
  True,
  UnclosedText,
  Word,
} from "./tokens.ts";

class NnParser extends CstParser {
  constructor() {
    super(allTokens, { recoveryEnabled: true, maxLookahead: 2, nodeLocationTracking: "onlyOffset" });
    this.performSelfAnalysis();
  }

  readonly file = this.RULE("file", () => {
    this.MANY(() => {
      this.OR({
        DEF: [
          { ALT: () => this.CONSUME(Newline) },
          { GATE: () => this.LA(2).tokenType !== Colon, ALT: () => this.SUBRULE(this.letLine) },
          { GATE: () => this.LA(2).tokenType !== Colon, ALT: () => this.SUBRULE(this.model) },
          { GATE: () => this.LA(2).tokenType !== Colon, ALT: () => this.SUBRULE(this.data) },
          { GATE: () => this.startsTrain(), ALT: () => this.SUBRULE(this.train) },
          { GATE: () => this.LA(2).tokenType !== Colon, ALT: () => this.SUBRULE(this.expect) },
          { ALT: () => this.SUBRULE(this.strayLine) },
        ],
        IGNORE_AMBIGUITIES: true,
      });
    });
  });

  readonly letLine = this.RULE("letLine", () => {
    this.CONSUME(Let);
    this.CONSUME(Name);
    this.CONSUME(Equals);
    this.SUBRULE(this.sum);
    this.SUBRULE(this.restOfLine);
  });

  /** A negative number after another term is subtracted from it: `width -1`. */
  readonly sum = this.RULE("sum", () => {
    this.SUBRULE1(this.product);
    this.MANY({
      GATE: () => this.LA(1).tokenType !== NumberToken || this.LA(1).image.startsWith("-"),
      DEF: () => {
        this.OPTION(() => this.OR([{ ALT: () => this.CONSUME(Plus) }, { ALT: () => this.CONSUME(Minus) }]));
        this.SUBRULE2(this.product);
      },
    });
  });

  readonly product = this.RULE("product", () => {
    this.SUBRULE1(this.term);
    this.MANY(() => {
      this.OR([{ ALT: () => this.CONSUME(Times) }, { ALT: () => this.CONSUME(Divide) }]);
      this.SUBRULE2(this.term);
    });
  });

  readonly term = this.RULE("term", () => {
    this.MANY(() => this.CONSUME(Minus));
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LeftParen);
          this.SUBRULE(this.sum);
          this.CONSUME(RightParen);
        },
      },
      { ALT: () => this.SUBRULE(this.value) },
    ]);
  });

  readonly model = this.RULE("model", () => {
    this.CONSUME(Model);
    this.OPTION(() => this.CONSUME(Name));
    this.SUBRULE(this.restOfLine);
    this.SUBRULE(this.modelBody);
  });

  readonly modelBody = this.RULE("modelBody", () => {
    this.OPTION({
      GATE: () => this.braceFollows(),
      DEF: () => {
        this.MANY1(() => this.CONSUME1(Newline));
        this.CONSUME(LeftBrace);
      },
    });
    this.MANY2({
      GATE: () => !this.endsBody(),
      DEF: () => {
        this.OR({
          DEF: [
            { ALT: () => this.CONSUME2(Newline) },
            { GATE: () => this.LA(2).tokenType !== Colon, ALT: () => this.SUBRULE(this.repeat) },
            { GATE: () => this.LA(2).tokenType !== Colon, ALT: () => this.SUBRULE(this.outputLine) },
            { ALT: () => this.SUBRULE(this.layer) },
            { ALT: () => this.SUBRULE(this.strayLine) },
          ],
          IGNORE_AMBIGUITIES: true,
        });
      },
    });
    this.OPTION2(() => this.CONSUME(RightBrace));
  });

  readonly repeat = this.RULE("repeat", () => {
    this.CONSUME(Repeat);
    this.OPTION({ GATE: () => this.LA(1).tokenType !== LeftBrace, DEF: () => this.SUBRULE(this.value) });
    this.SUBRULE(this.restOfLine);
    // A repeat without a brace has no body, so that consecutive repeats are not nested.
    this.OPTION2({ GATE: () => this.braceFollows(), DEF: () => this.SUBRULE(this.modelBody) });
  });

  readonly outputLine = this.RULE("outputLine", () => {
    this.CONSUME(Output);
    this.SUBRULE(this.names);
    this.SUBRULE(this.restOfLine);
  });

  readonly layer = this.RULE("layer", () => {
    this.OPTION({
      GATE: () => this.LA(2).tokenType === Colon,
      DEF: () => {
        this.CONSUME1(Name, { LABEL: "label" });
        this.CONSUME(Colon);
      },
    });
    this.CONSUME2(Name, { LABEL: "word" });
    this.OR([{ ALT: () => this.SUBRULE(this.callArguments) }, { ALT: () => this.SUBRULE(this.arguments) }]);
    this.OPTION2(() => {
      this.CONSUME(From);
      this.SUBRULE(this.names);
    });
    this.SUBRULE(this.restOfLine);
  });

  readonly names = this.RULE("names", () => {
    this.OPTION({ GATE: () => isNameLike(this.LA(1).tokenType), DEF: () => this.CONSUME1(Name) });
    this.MANY({
      GATE: () => isNameLike(this.nextItem()),
      DEF: () => {
        this.OPTION2(() => this.CONSUME(Comma));
        this.CONSUME2(Name);
      },
    });
  });

  readonly arguments = this.RULE("arguments", () => {
    this.MANY({
      GATE: () => this.LA(1).tokenType !== From && startsArgument(this.nextItem()),
      DEF: () => {
        this.OPTION(() => this.CONSUME(Comma));
        this.SUBRULE(this.argument);
      },
    });
  });

  /** A directive's arguments. Every keyword is a name here: `classes from, to`. */
  readonly directiveArguments = this.RULE("directiveArguments", () => {
    this.MANY({
      GATE: () => startsArgument(this.nextItem()),
      DEF: () => {
        this.OPTION(() => this.CONSUME(Comma));
        this.SUBRULE(this.argument);
      },
    });
  });

  readonly argument = this.RULE("argument", () => {
    this.OPTION({
      GATE: () => this.LA(2).tokenType === Equals,
      DEF: () => {
        this.OR([
          { ALT: () => this.CONSUME(Name) },
          { ALT: () => this.CONSUME(NumberToken, { LABEL: "className" }) },
          { ALT: () => this.CONSUME(Text, { LABEL: "className" }) },
        ]);
        this.CONSUME(Equals);
      },
    });
    this.SUBRULE(this.value);
  });

  readonly value = this.RULE("value", () => {
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(NumberToken) },
        { ALT: () => this.CONSUME(MalformedNumber) },
        { ALT: () => this.CONSUME(Shape) },
        {
          ALT: () => {
            this.CONSUME1(Text);
            this.OPTION1(() => this.SUBRULE1(this.rangeEnd));
          },
        },
        { ALT: () => this.CONSUME(UnclosedText) },
        { ALT: () => this.CONSUME(True) },
        { ALT: () => this.CONSUME(False) },
        {
          GATE: () => this.LA(2).tokenType !== Equals && this.LA(2).tokenType !== LeftParen,
          ALT: () => {
            this.CONSUME(Not);
            this.CONSUME3(Name, { LABEL: "negated" });
          },
        },
        {
          ALT: () => {
            this.CONSUME2(Name, { LABEL: "word" });
            this.OPTION2(() => {
              this.OR2([{ ALT: () => this.SUBRULE(this.callArguments) }, { ALT: () => this.SUBRULE2(this.rangeEnd) }]);
            });
          },
        },
        { ALT: () => this.SUBRULE(this.list) },
      ],
      IGNORE_AMBIGUITIES: true,
    });
  });

  readonly rangeEnd = this.RULE("rangeEnd", () => {
    this.CONSUME(DotDot);
    this.OR([{ ALT: () => this.CONSUME(Name) }, { ALT: () => this.CONSUME(Text) }]);
  });

  readonly callArguments = this.RULE("callArguments", () => {
    this.CONSUME(LeftParen);
    this.OPTION({ GATE: () => startsArgument(this.LA(1).tokenType), DEF: () => this.SUBRULE1(this.argument) });
    this.MANY({
      GATE: () => this.LA(1).tokenType === Comma || startsArgument(this.LA(1).tokenType),
      DEF: () => {
        this.OPTION2(() => this.CONSUME(Comma));
        this.SUBRULE2(this.argument);
      },
    });
    this.CONSUME(RightParen);
  });

  readonly list = this.RULE("list", () => {
    this.CONSUME(LeftBracket);
    this.OPTION({ GATE: () => startsArgument(this.LA(1).tokenType), DEF: () => this.SUBRULE1(this.value) });
    this.MANY({
      GATE: () => this.LA(1).tokenType === Comma || startsArgument(this.LA(1).tokenType),
      DEF: () => {
        this.OPTION2(() => this.CONSUME(Comma));
        this.SUBRULE2(this.value);
      },
    });
    this.CONSUME(RightBracket);
  });

  readonly data = this.RULE("data", () => {
    this.CONSUME(Data);
    this.OPTION(() => this.CONSUME(Name));
    this.SUBRULE(this.restOfLine);
    this.SUBRULE(this.blockBody);
  });

  readonly train = this.RULE("train", () => {
    this.OPTION({
      GATE: () => this.LA(2).tokenType === Colon,
      DEF: () => {
        this.CONSUME1(Name, { LABEL: "label" });
        this.CONSUME(Colon);
      },
    });
    this.CONSUME(Train);
    this.SUBRULE(this.subject);
    this.SUBRULE(this.restOfLine);
    this.SUBRULE(this.blockBody);
  });

  readonly expect = this.RULE("expect", () => {
    this.CONSUME(Expect);
    this.SUBRULE(this.subject);
    this.SUBRULE(this.restOfLine);
    this.SUBRULE(this.blockBody);
  });

  /** `M on D`. Either name is optional. */
  readonly subject = this.RULE("subject", () => {
    this.OPTION1({ GATE: () => this.LA(1).tokenType !== On, DEF: () => this.CONSUME1(Name, { LABEL: "model" }) });
    this.OPTION2(() => {
      this.CONSUME(On);
      this.OPTION3(() => this.CONSUME2(Name, { LABEL: "data" }));
    });
  });

  /** The body of a `data`, `train` or `expect` block. The checker decides which lines fit which block. */
  readonly blockBody = this.RULE("blockBody", () => {
    this.OPTION({
      GATE: () => this.braceFollows(),
      DEF: () => {
        this.MANY1(() => this.CONSUME1(Newline));
        this.CONSUME(LeftBrace);
      },
    });
    this.MANY2({
      GATE: () => !this.endsBody(),
      DEF: () => {
        this.OR({
          DEF: [
            { ALT: () => this.CONSUME2(Newline) },
            { GATE: () => this.startsRow(), ALT: () => this.SUBRULE(this.row) },
            { GATE: () => this.LA(2).tokenType === Comparison, ALT: () => this.SUBRULE(this.claim) },
            { ALT: () => this.SUBRULE(this.directive) },
            { ALT: () => this.SUBRULE(this.strayLine) },
          ],
          IGNORE_AMBIGUITIES: true,
        });
      },
    });
    this.OPTION2(() => this.CONSUME(RightBrace));
  });

  readonly row = this.RULE("row", () => {
    this.SUBRULE1(this.cells, { LABEL: "features" });
    this.OPTION(() => {
      this.CONSUME(Arrow);
      this.SUBRULE2(this.cells, { LABEL: "targets" });
    });
    this.SUBRULE(this.restOfLine);
  });

  readonly cells = this.RULE("cells", () => {
    this.AT_LEAST_ONE(() => {
      this.OPTION(() => this.CONSUME(Comma));
      this.OR([
        { ALT: () => this.CONSUME(NumberToken) },
        { ALT: () => this.CONSUME(Text) },
        { ALT: () => this.CONSUME(MalformedNumber) },
        { ALT: () => this.CONSUME(UnclosedText) },
        { ALT: () => this.CONSUME(Name) },
      ]);
    });
  });

  readonly claim = this.RULE("claim", () => {
    this.CONSUME(Name);
    this.CONSUME(Comparison);
    this.CONSUME(NumberToken);
    this.SUBRULE(this.restOfLine);
  });

  readonly directive = this.RULE("directive", () => {
    this.CONSUME(Name);
    this.SUBRULE(this.directiveArguments);
    this.SUBRULE(this.restOfLine);
  });

  /** A line whose first token can't start a statement here. */
  readonly strayLine = this.RULE("strayLine", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(Word);
          this.SUBRULE(this.restOfLine);
          this.OPTION(() => this.SUBRULE1(this.strayBlock));
        },
      },
      { ALT: () => this.SUBRULE2(this.strayBlock) },
      { ALT: () => this.CONSUME(RightBrace) },
    ]);
  });

  /** Braces that belong to no known block. They form one node, so that they cause one message and the surrounding braces still match. */
  readonly strayBlock = this.RULE("strayBlock", () => {
    this.CONSUME(LeftBrace);
    this.MANY({
      GATE: () => !this.endsBody(),
      DEF: () =>
        this.OR([{ ALT: () => this.CONSUME(Newline) }, { ALT: () => this.CONSUME(Word) }, { ALT: () => this.SUBRULE(this.strayBlock) }]),
    });
    this.OPTION(() => this.CONSUME(RightBrace));
  });

  /** The extra tokens after a complete statement. */
  readonly restOfLine = this.RULE("restOfLine", () => {
    this.MANY(() => this.CONSUME(Word));
  });

  private startsTrain(): boolean {
    return this.LA(1).tokenType === Train
      ? this.LA(2).tokenType !== Colon
      : this.LA(2).tokenType === Colon && this.LA(3).tokenType === Train;
  }

  /** A body ends at its brace, at the end of the file, and, if its brace is missing, before a line that starts the next block. */
  private endsBody(): boolean {
    const { tokenType } = this.LA(1);
    if (tokenType === RightBrace || tokenType === EOF) return true;
    return this.isLineStart() && blockAt((k) => this.LA(k + 1).tokenType) !== undefined;
  }

  private braceFollows(): boolean {
    let k = 1;
    while (this.LA(k).tokenType === Newline) k++;
    return this.LA(k).tokenType === LeftBrace;
  }

  private isLineStart(): boolean {
    const before: IToken = this.LA(0);
    return before.tokenType === Newline || before.tokenType === undefined || before.tokenType === LeftBrace;
  }

  /** The type of the next item in a list, which may follow a comma. */
  private nextItem(): TokenType {
    return this.LA(this.LA(1).tokenType === Comma ? 2 : 1).tokenType;
  }

  /** A line that starts with a word is a row if an arrow follows: `red 1 -> yes`. */
  private startsRow(): boolean {
    if (!isNameLike(this.LA(1).tokenType)) return true;
    let k = 2;
    while (CELLS.has(this.LA(k).tokenType) || isNameLike(this.LA(k).tokenType)) k++;
    return this.LA(k).tokenType === Arrow;
  }
}

const CELLS: ReadonlySet<TokenType> = new Set([NumberToken, Text, MalformedNumber, UnclosedText, Comma]);
const VALUES: ReadonlySet<TokenType> = new Set([LeftBracket, NumberToken, Shape, Text, UnclosedText, MalformedNumber]);
const isNameLike = (type: TokenType): boolean => type === Name || (type.CATEGORIES?.includes(Name) ?? false);
const startsArgument = (type: TokenType): boolean => VALUES.has(type) || isNameLike(type);

/** The only parser. It keeps no state between calls. */
export const parser = new NnParser();
