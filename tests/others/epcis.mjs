// What a company writes with epcis2.js: a document of two events, sent as the library sends it.
import epcis from "epcis2.js";

const [apiUrl, token, first, second, item] = process.argv.slice(2);
epcis.setup({
  apiUrl,
  headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
  eventTimeZoneOffset: "+01:00",
});

const events = [first, second].map((eventID) =>
  new epcis.ObjectEvent()
    .setEventID(eventID)
    .setEventTime("2026-06-12T05:40:00.000+01:00")
    .setAction("OBSERVE")
    .setBizStep(epcis.cbv.bizSteps.storing)
    .addEPC(item),
);
const document = new epcis.EPCISDocument()
  .setCreationDate("2026-06-12T06:00:00.000+01:00")
  .addEventList(events);

const accepted = await epcis.capture(document);
process.stdout.write(JSON.stringify({ status: accepted.status, location: accepted.headers.get("location") }));
