/** The script of an exported page: takes a row from the user, computes the answer with the engine, and lights the layers by their outputs. */
import { predictor } from "../../engine/evaluate/predictor.ts";
import { CONTENT_ID, type PageContent } from "../../engine/exchange/page/content.ts";
import { compile } from "../../engine/network/compile.ts";
import { answerSection } from "./answer.ts";
import { element } from "./element.ts";
import { inputSection } from "./inputs.ts";
import { networkSection } from "./network.ts";

const content = JSON.parse(document.getElementById(CONTENT_ID)?.textContent ?? "") as PageContent;
const network = compile(content.network, { precision: "float32", capacity: 1 });
const bytes = new DataView(Uint8Array.from(atob(content.weights), (sign) => sign.charCodeAt(0)).buffer);
for (let k = 0; k < network.weights.length; k++) network.weights[k] = bytes.getFloat32(4 * k, true);
const predict = predictor(network, content.outputs, content.fit);

const answer = answerSection(content);
const drawing = networkSection(network, content);
const inputs = inputSection(content, (row) => {
  answer.show(predict(row));
  drawing.light();
});

document.body.append(
  element("h1", {}, content.name),
  element(
    "main",
    {},
    element("section", {}, element("h2", {}, "Input"), inputs.element),
    element("section", {}, element("h2", {}, "Answer"), answer.element),
    element("section", { class: "wide" }, element("h2", {}, "Network"), drawing.element),
    ...(content.text === null
      ? []
      : [element("details", { class: "wide" }, element("summary", {}, "The network's text"), element("pre", {}, content.text))]),
  ),
  element("footer", {}, "Made with Backprop. This page computes everything itself and sends nothing."),
);
inputs.ask();
