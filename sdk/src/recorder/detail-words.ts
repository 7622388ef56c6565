/**
 * Words in which servers explain errors, in lower case. A detail may repeat anything, so these stay and everything
 * else is replaced. No word that is a common given name, such as "will" or "may", is among them.
 */
export const DETAIL_WORDS: ReadonlySet<string> = new Set(
  `a about above after again all allowed already also an and another any are as at attribute attributes authenticated
  authentication authorization authorized bad base bearer because been before behind being below beyond body bulk but by
  cannot change changed character characters code complex conflict connection contains content could create created
  credentials cursor cycle data database default delete deleted depth detail directory does duplicate either element
  elements empty enough error evaluated exceeds exist exists expected expired expression extension failed false field
  filter first for format found from given group groups has have header id identifier if immutable in index instead
  internal into invalid is it item its json key known last length less limit list long malformed many matches maximum
  media member members message method missing more multiple must mutability name names needs nested never no none not
  nothing null number object of on once one only operation operations operator or other parameter parse part password
  patch path payload permitted please present primary provided quota range rate read readonly received reference refused
  request requested requests required resource resources response retry role same schema schemas scim search seconds
  server service set should single size some space specified status string supported syntax taken target temporarily than
  that the there they this time times to token too true twice type types unable unavailable unexpected unique uniqueness
  unknown unsupported update updated url urn use used user users valid validation value values version was were when where
  which while with without work wrong yet`
    .split(/\s+/)
    .filter((word) => word !== ''),
);
