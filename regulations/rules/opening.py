"""开业十问: the rules that cause quarrels, each with its readings and an example in yuan or days."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `fields` are terms (topic name, field name); their readings are the terms' own choices.

    `clause` is the regulation's text on it, "" where it has none.
    """

    rule: str
    title: str
    fields: Sequence[tuple[str, str]]
    example: str
    clause: str = ""


QUESTIONS: Sequence[Question] = (
    Question(
        rule="拟:q.order",
        title="每天的候客顺序怎么起头",
        fields=(("customers.reception", "order"),),
        example="昨日轮到林知远，今早许若晴先到：接昨日顺位则林知远先接，按签到先后则许若晴先接。",
        clause="S105",
    ),
    Question(
        rule="拟:own.valid.visit",
        title="来访登记后，客户归谁多久",
        fields=(("customers.ownership", "valid_visit"),),
        example="填 15：11 月 1 日来访、其后无有效跟进，11 月 16 日 24:00 失效，次日起按轮次接待。",
    ),
    Question(
        rule="拟:own.call_then_visit",
        title="先来电、后到访，归接电话的还是接待的",
        fields=(("customers.reception", "call_then_visit"), ("customers.ownership", "call_then_visit")),
        example="林知远接来电并约好周六到访，周六由许若晴轮到：按约访则归林知远，按到访则归许若晴。",
    ),
    Question(
        rule="拟:split.standin_sameday",
        title="归属人不在，义务接待当天成交，归属人分几成",
        fields=(("customers.split", "standin_sameday"),),
        example="佣金 3,000.00 元，填 50：归属人 1,500.00 元，义务接待的同事 1,500.00 元。",
        clause="S135",
    ),
    Question(
        rule="拟:split.recognised_after_deposit",
        title="同事收定之后才认出是自己的客户，原归属人分几成",
        fields=(("customers.split", "recognised_after_deposit"),),
        example="佣金 3,000.00 元，填 70：原归属人 2,100.00 元，收定的同事 900.00 元。",
        clause="S75",
    ),
    Question(
        rule="拟:split.triple",
        title="三个人先后接待过，业绩算谁的",
        fields=(("customers.split", "triple"),),
        example="佣金 3,000.00 元：三人均分则 1,000.20、999.90、999.90 元；否则由最早有效者与成交者分。",
    ),
    Question(
        rule="拟:sc.authority",
        title="谁可以临时锁定房源",
        fields=(("inventory.hold", "authority"),),
        example="代表可锁：凭定金或证件立即锁定，经理同时收到通知；仅经理：代表提申请，经理批准才锁。",
    ),
    Question(
        rule="拟:ctr.error.text_fine",
        title="合同一个文字有误罚 50 元，按什么计数",
        fields=(("contracts.error_fine", "count_by"),),
        example="「张三丰」误为「张叁峰」：按字两个错字 100.00 元，按处一处 50.00 元，按份也是 50.00 元。",
        clause="S63",
    ),
    Question(
        rule="拟:com.rate.base",
        title="佣金怎么算",
        fields=(("commissions.plan", "rate_permille"), ("commissions.plan", "trigger")),
        example="签约额 1,500,000.00 元，填 2‰：佣金 3,000.00 元。",
        clause="S74",
    ),
    Question(
        rule="拟:fund.mode",
        title="罚金怎么执行",
        fields=(("attendance.conduct", "fund_mode"),),
        example="一笔 50.00 元：扣款则经确认后从当月扣，不过法定上限；记分只扣分；自愿由本人缴入基金。",
        clause="S63",
    ),
)
