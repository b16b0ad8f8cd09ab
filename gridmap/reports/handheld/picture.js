/* A photo as it is kept until it is sent: made smaller here where the browser can read it, else as it is.
 *
 * Where it was taken stands in the file's beginning, which the server reads; the smaller picture holds nothing of it.
 */
(function () {
  "use strict";

  const HEAD_BYTES = 256 * 1024, QUALITY = 0.86, LATE_MS = 25000;

  async function smaller(file, longest) {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const ink = canvas.getContext("2d");
    ink.fillStyle = "#ffffff";
    ink.fillRect(0, 0, canvas.width, canvas.height);
    ink.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  }

  /* Returns what is to be kept, and what the server is to be asked about it. */
  async function take(file, known) {
    let blob = null;
    try {
      blob = await smaller(file, known.long_side_px);
    } catch (fault) {
      blob = null; // HEIC in most browsers, or no picture at all: the server says which
    }
    return blob
      ? { blob, raw: false, head: file.slice(0, HEAD_BYTES) }
      : { blob: file, raw: true, head: file };
  }

  /* What the server says of a photo: where and when it was taken, and of one that we cannot show, a small picture. */
  function look(wire, made) {
    return wire.photo("look", { whole: made.raw ? 1 : 0 }, made.head);
  }

  window.PhonePicture = { take, look, LATE_MS };
})();
