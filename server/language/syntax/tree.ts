/**
 * The syntax tree of a `.nn` file, with spans. It is immutable and contains only the written text's structure: names are not resolved and
 * shapes are unknown. Parts that error recovery may leave out are `| undefined`.
 */
import type { Span } from "./span.ts";

export interface NameNode {
  readonly kind: "name";
  readonly text: string;
  readonly span: Span;
}

export interface NumberNode {
  readonly kind: "number";
  readonly value: number;
  readonly text: string;
  readonly span: Span;
}

export interface ShapeNode {
  readonly kind: "shape";
  readonly axes: readonly number[];
  readonly span: Span;
}

export interface StringNode {
  readonly kind: "string";
  /** The text with its escapes resolved. */
  readonly value: string;
  readonly span: Span;
}

export interface BooleanNode {
  readonly kind: "boolean";
  readonly value: boolean;
  readonly span: Span;
}

export interface CallNode {
  readonly kind: "call";
  readonly name: NameNode;
  readonly arguments: readonly ArgumentNode[];
  readonly span: Span;
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly ValueNode[];
  readonly span: Span;
}

/** `a..d`: a range of columns. */
export interface RangeNode {
  readonly kind: "range";
  readonly from: NameNode | StringNode;
  readonly to: NameNode | StringNode | undefined;
  readonly span: Span;
}

/** `not b` in a neuron's inputs. */
export interface NotNode {
  readonly kind: "not";
  readonly name: NameNode | undefined;
  readonly span: Span;
}

export type ValueNode = NameNode | NumberNode | ShapeNode | StringNode | BooleanNode | CallNode | ListNode | RangeNode | NotNode;

/** A sum or product after `let name =`, such as `width / 2`. The first part's operator is `+` or `*`, or `-` for a negative sum. */
export interface ComputedNode {
  readonly kind: "computed";
  readonly parts: readonly ComputedPart[];
  readonly span: Span;
}
export interface ComputedPart {
  readonly operator: Operator;
  readonly term: TermNode | undefined;
}
export type Operator = "+" | "-" | "*" | "/";

export type TermNode = ValueNode | ComputedNode;

export interface ArgumentNode {
  readonly kind: "argument";
  /** `name=`; undefined for a value without a name. In `class_weight` it may also be a number or a text: `"<=50K"=1`. */
  readonly name: NameNode | undefined;
  readonly value: ValueNode | undefined;
  readonly span: Span;
}

export interface LayerNode {
  readonly kind: "layer";
  readonly label: NameNode | undefined;
  readonly name: NameNode;
  readonly arguments: readonly ArgumentNode[];
  /** undefined if the line has no `from`; its input is then the previous line. */
  readonly from: readonly NameNode[] | undefined;
  /** Whether part of the line could not be read, which has been reported. */
  readonly damaged: boolean;
  readonly span: Span;
}

export interface RepeatNode {
  readonly kind: "repeat";
  readonly count: ValueNode | undefined;
  readonly body: readonly ModelLineNode[];
  readonly keyword: Span;
  readonly span: Span;
}

export interface OutputNode {
  readonly kind: "output";
  readonly names: readonly NameNode[];
  readonly span: Span;
}

export type ModelLineNode = LayerNode | RepeatNode | OutputNode;

export interface DirectiveNode {
  readonly kind: "directive";
  readonly name: NameNode;
  readonly arguments: readonly ArgumentNode[];
  readonly damaged: boolean;
  readonly span: Span;
}

/** A cell of a row. A name not declared by `let` is a word: `1 2 -> setosa`. */
export type CellNode = NumberNode | StringNode | NameNode;

export interface RowNode {
  readonly kind: "row";
  readonly features: readonly CellNode[];
  readonly targets: readonly CellNode[];
  readonly damaged: boolean;
  readonly span: Span;
}

export interface ClaimNode {
  readonly kind: "claim";
  readonly metric: NameNode;
  readonly operator: string;
  readonly value: NumberNode | undefined;
  readonly span: Span;
}

interface BlockFacts {
  readonly keyword: Span;
  readonly span: Span;
}

export interface LetNode extends BlockFacts {
  readonly kind: "let";
  readonly name: NameNode | undefined;
  readonly value: TermNode | undefined;
}

export interface ModelNode extends BlockFacts {
  readonly kind: "model";
  readonly name: NameNode | undefined;
  readonly body: readonly ModelLineNode[];
}

export interface DataNode extends BlockFacts {
  readonly kind: "data";
  readonly name: NameNode | undefined;
  readonly body: readonly (DirectiveNode | RowNode)[];
}

export interface TrainNode extends BlockFacts {
  readonly kind: "train";
  readonly label: NameNode | undefined;
  readonly model: NameNode | undefined;
  readonly data: NameNode | undefined;
  readonly body: readonly DirectiveNode[];
  /** The opening line, to which messages about the whole block are attached. */
  readonly head: Span;
}

export interface ExpectNode extends BlockFacts {
  readonly kind: "expect";
  readonly model: NameNode | undefined;
  readonly data: NameNode | undefined;
  readonly body: readonly (DirectiveNode | RowNode | ClaimNode)[];
}

export type BlockNode = LetNode | ModelNode | DataNode | TrainNode | ExpectNode;

export interface NetworkFile {
  readonly blocks: readonly BlockNode[];
  readonly comments: readonly Span[];
}
