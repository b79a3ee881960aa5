import { load } from "./perennial-scoring.js";

const SIDE = 28;
const SHOWN = 3;
const paper = document.getElementById("paper");
const answer = document.getElementById("answer");
const classes = document.getElementById("classes");
const pen = paper.getContext("2d", { willReadFrequently: true });
const model = await load(await (await fetch("drawings.ilearner")).arrayBuffer());
let last = null;

/** The drawing as the model knows it: 784 columns from 0, paper, to 255, ink. */
function row() {
  const small = document.createElement("canvas");
  small.width = small.height = SIDE;
  const context = small.getContext("2d", { willReadFrequently: true });
  context.drawImage(paper, 0, 0, SIDE, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Object.fromEntries(Array.from({ length: SIDE * SIDE }, (_, at) => [`p${at}`, data[4 * at + 3]]));
}

function score() {
  const start = performance.now();
  const [cells] = model.scores([row()]);
  const milliseconds = performance.now() - start;
  const names = model.outputs.slice(-cells.length).map(({ name }) => /Class "(.*)"$/.exec(name)?.[1]);
  const found = cells.flatMap((cell, at) => (names[at] === undefined ? [] : [{ name: names[at], share: cell }]));
  found.sort((one, other) => other.share - one.share);
  answer.textContent = `${found[0].name}, in ${milliseconds.toFixed(1)} ms`;
  classes.replaceChildren(
    ...found.slice(0, SHOWN).map(({ name, share }) => {
      const item = document.createElement("li");
      const meter = document.createElement("meter");
      meter.value = share;
      item.append(name, meter, share.toFixed(3));
      return item;
    }),
  );
}

function place(event) {
  const box = paper.getBoundingClientRect();
  return [((event.clientX - box.left) * paper.width) / box.width, ((event.clientY - box.top) * paper.height) / box.height];
}

paper.addEventListener("pointerdown", (event) => {
  paper.setPointerCapture(event.pointerId);
  last = place(event);
});
paper.addEventListener("pointermove", (event) => {
  if (last === null) return;
  pen.lineWidth = 24;
  pen.lineCap = "round";
  pen.beginPath();
  pen.moveTo(...last);
  last = place(event);
  pen.lineTo(...last);
  pen.stroke();
  score();
});
for (const end of ["pointerup", "pointercancel"]) paper.addEventListener(end, () => (last = null));
document.getElementById("clear").addEventListener("click", () => {
  pen.clearRect(0, 0, paper.width, paper.height);
  answer.textContent = "Draw with the mouse or a finger.";
  classes.replaceChildren();
});
