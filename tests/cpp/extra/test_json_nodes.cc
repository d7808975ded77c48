// SPDX-License-Identifier: Apache-2.0
//
// Values of large JSON documents, whose nodes share blocks of memory: each of them lives as long as
// it is referred to and changes, grows and dies like any other value. Run under the sanitizers.
#include <gtest/gtest.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/extra/json.h>

#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;
using container_tests::MakeWitness;

constexpr int kRecords = 100;

std::string LongName(int i) { return "the long name of record " + std::to_string(i); }

// One record with a node of every kind: string, array, map of two and map of six members.
std::string RecordText(int i) {
  std::string id = std::to_string(i);
  return "{\"id\":" + id + ",\"long name\":\"" + LongName(i) + "\",\"shape\":[" + id +
         ",\"element number " + id + "\"],\"position\":{\"x\":" + id +
         ",\"y\":0.5},\"e\":[],\"f\":{}}";
}

std::string DocumentText(int count = kRecords) {
  std::string text = "[";
  for (int i = 0; i < count; ++i) text += (i ? "," : "") + RecordText(i);
  return text + "]";
}

using Record = Map<String, Any>;

Array<Record> ParseDocument(int count = kRecords) {
  return json::Parse(DocumentText(count)).cast<Array<Record>>();
}

TEST(JsonNodes, LargeDocumentsRoundTrip) {
  for (int count : {kRecords, 1000}) {
    EXPECT_EQ(std::string(json::Stringify(ParseDocument(count))), DocumentText(count));
  }
}

TEST(JsonNodes, EveryKindOutlivesItsDocument) {
  Array<Record> document = ParseDocument();
  String name = document[70]["long name"].cast<String>();
  Array<Any> shape = document[71]["shape"].cast<Array<Any>>();
  Map<String, double> position = document[72]["position"].cast<Map<String, double>>();
  Record record = document[73];
  document = Array<Record>();
  EXPECT_EQ(name, LongName(70));
  EXPECT_EQ(name.c_str()[name.size()], '\0');
  EXPECT_EQ(shape[1].cast<String>(), "element number 71");
  EXPECT_EQ(position["x"], 72);
  EXPECT_EQ(std::string(json::Stringify(record)), RecordText(73));
}

TEST(JsonNodes, KeptNamesOutliveEveryMapThatSharesThem) {
  std::vector<String> names;
  for (const auto& member : ParseDocument()[5]) names.push_back(member.first);
  EXPECT_EQ(names[1], "long name");
  EXPECT_EQ(names[3], "position");
}

TEST(JsonNodes, ArraysGrowAndShrink) {
  Array<Any> shape = ParseDocument()[7]["shape"].cast<Array<Any>>();
  EXPECT_TRUE(shape.unique());
  for (int i = 0; i < 1000; ++i) shape.push_back(String("appended element " + std::to_string(i)));
  EXPECT_EQ(shape[1].cast<String>(), "element number 7");
  EXPECT_EQ(shape[1001].cast<String>(), "appended element 999");
  Array<Any> other = ParseDocument()[8]["shape"].cast<Array<Any>>();
  other.Set(0, String("a string of the heap"));
  other.pop_back();
  other.erase(other.begin());
  EXPECT_TRUE(other.empty());
}

TEST(JsonNodes, SmallMapsBecomeDense) {
  Map<String, Any> position = ParseDocument()[9]["position"].cast<Map<String, Any>>();
  EXPECT_TRUE(position.unique());
  position.erase("y");
  for (int i = 0; i < 100; ++i) position.Set(LongName(i), i);
  EXPECT_EQ(position.size(), 101u);
  EXPECT_EQ(position["x"].cast<int>(), 9);
  EXPECT_EQ(position[LongName(99)].cast<int>(), 99);
}

TEST(JsonNodes, DenseMapsChangeInPlaceAndGrow) {
  Record record = ParseDocument()[10];
  EXPECT_TRUE(record.unique());
  const Object* object = record.get();
  record.erase("id");
  record.Set("long name", 1);
  record.Set("shape", String("a string of the heap"));
  EXPECT_EQ(record.get(), object);
  EXPECT_EQ(std::string(json::Stringify(record)),
            "{\"position\":{\"x\":10,\"y\":0.5},\"e\":[],\"f\":{},\"long name\":1,"
            "\"shape\":\"a string of the heap\"}");
  for (int i = 0; i < 100; ++i) record.Set(LongName(i), i);
  EXPECT_EQ(record.size(), 105u);
  EXPECT_EQ(record["position"].cast<Record>()["x"].cast<int>(), 10);
  record.clear();
}

TEST(JsonNodes, CopiesOnWriteAreIndependent) {
  Array<Record> document = ParseDocument();
  Record copy = document[11];
  copy.Set("id", -1);
  EXPECT_EQ(document[11]["id"].cast<int>(), 11);
  document = Array<Record>();
  EXPECT_EQ(copy["id"].cast<int>(), -1);
  EXPECT_EQ(copy["long name"].cast<String>(), LongName(11));
}

TEST(JsonNodes, MoveIntoOtherContainers) {
  List<Any> list;
  Dict<String, Any> dict;
  {
    Array<Record> document = ParseDocument();
    for (int i = 0; i < kRecords; i += 10) {
      list.push_back(document[i]);
      dict.Set(document[i]["long name"].cast<String>(), document[i]["shape"]);
    }
  }
  EXPECT_EQ(list[9].cast<Record>()["long name"].cast<String>(), LongName(90));
  EXPECT_EQ(dict[LongName(90)].cast<Array<Any>>()[0].cast<int>(), 90);
}

TEST(JsonNodes, LargeNodesHoldSmallOnes) {
  std::string map = "{", array = "[", text(5000, 'x');
  for (int i = 0; i < 500; ++i) {
    map += (i ? "," : "") + ("\"" + LongName(i) + "\":") + RecordText(i);
    array += (i ? "," : "") + RecordText(i);
  }
  std::string document =
      "{\"map\":" + map + "},\"array\":" + array + "],\"text\":\"" + text + "\"}";
  json::Object parsed = json::Parse(document).cast<json::Object>();
  EXPECT_EQ(std::string(json::Stringify(parsed)), document);
  Any last = parsed["array"].cast<Array<Any>>()[499];
  parsed = json::Object();
  EXPECT_EQ(std::string(json::Stringify(last)), RecordText(499));
}

TEST(JsonNodes, WeakReferencesSeeTheEnd) {
  Array<Record> document = ParseDocument();
  ObjectPtr<Object> strong = details::ObjectUnsafe::ObjectPtrFromObjectRef<Object>(document[12]);
  WeakObjectPtr<Object> weak(strong);
  strong.reset();
  EXPECT_NE(weak.lock(), nullptr);
  Array<Any> kept = document[12]["shape"].cast<Array<Any>>();
  document = Array<Record>();
  EXPECT_EQ(weak.lock(), nullptr);
  EXPECT_EQ(kept[0].cast<int>(), 12);
}

TEST(JsonNodes, ElementsEndInTheirOrder) {
  std::vector<int> ends;
  {
    Array<Any> shape = ParseDocument()[13]["shape"].cast<Array<Any>>();
    Record record = ParseDocument()[13];
    shape.Set(0, MakeWitness(&ends, 0));
    shape.Set(1, MakeWitness(&ends, 1));
    record.Set("shape", std::move(shape));  // behind all others, until the next line
    record.Set("id", MakeWitness(&ends, 2));
    ends.push_back(-1);
  }
  EXPECT_EQ(ends, (std::vector<int>{-1, 0, 1, 2}));
}

TEST(JsonNodes, DeepDocumentsEnd) {
  const int depth = 9000;
  std::string text;
  for (int i = 0; i < depth; ++i) text += "[\"a long element\",";
  text += "0" + std::string(depth, ']');
  EXPECT_EQ(std::string(json::Stringify(json::Parse(text))), text);
}

TEST(JsonNodes, FailuresReleaseWhatWasRead) {
  for (int cut : {1, 60, 5000}) {
    std::string text = DocumentText();
    text.resize(text.size() - cut);
    String message;
    EXPECT_EQ(json::Parse(text, &message), nullptr);
    EXPECT_NE(message, "");
  }
}

TEST(JsonNodes, ThreadsReleasePartsOfOneDocument) {
  constexpr int kThreads = 4;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::vector<Any>> parts(kThreads);
    {
      Array<Record> document = ParseDocument();
      for (int i = 0; i < kRecords; ++i) {
        parts[i % kThreads].push_back(document[i]);
        parts[(i + 1) % kThreads].push_back(document[i]["shape"]);
        parts[(i + 2) % kThreads].push_back(document[i]["long name"]);
      }
    }
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([mine = std::move(parts[t])]() mutable {
        Array<Record> own = ParseDocument();  // meanwhile blocks are taken, too
        mine.clear();
        EXPECT_EQ(own[99]["long name"].cast<String>(), LongName(99));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

#if defined(__SANITIZE_ADDRESS__)
TEST(JsonNodesDeathTest, UseAfterTheEndIsFoundByAddressSanitizer) {
  Array<Record> document = ParseDocument();
  const char* name = document[14]["long name"].cast<String>().c_str();
  const char* kept = document[15]["long name"].cast<String>().c_str();
  String keeper = document[15]["long name"].cast<String>();  // and with it the block
  document = Array<Record>();
  EXPECT_EQ(kept[0], 't');
  EXPECT_DEATH(EXPECT_EQ(name[0], 't'), "use-after-poison|heap-use-after-free");
  EXPECT_DEATH(EXPECT_EQ(kept[keeper.size() + 1], 't'), "use-after-poison");
}
#endif

}  // namespace
